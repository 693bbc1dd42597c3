// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
)

// tlsConfig answers each handshake as the machine is at that moment: in maintenance mode with a certificate that it signed itself
// and without asking who is there, otherwise with one of the cluster's authority, and only to whom that authority has signed one.
func (machine *Machine) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			machine.mu.Lock()
			provider := machine.config
			machine.mu.Unlock()

			if provider == nil {
				return open()
			}

			return ofCluster(provider)
		},
	}
}

// open is how a machine in maintenance mode answers.
func open() (*tls.Config, error) {
	certificate, err := sign(nil)

	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2"}}, err
}

// ofCluster is how a machine with a configuration answers.
func ofCluster(provider config.Provider) (*tls.Config, error) {
	authority := provider.Machine().Security().IssuingCA()

	issuer, err := tls.X509KeyPair(authority.Crt, authority.Key)
	if err != nil {
		return nil, err
	}

	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority.Crt)

	for _, accepted := range provider.Machine().Security().AcceptedCAs() {
		pool.AppendCertsFromPEM(accepted.Crt)
	}

	certificate, err := sign(&issuer)

	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    pool,
		NextProtos:   []string{"h2"},
	}, err
}

// sign makes a server certificate for loopback, by an authority or by itself.
func sign(issuer *tls.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}

	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: hostname},
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost", hostname},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	parent, signer := template, any(key)

	if issuer != nil {
		if parent, err = x509.ParseCertificate(issuer.Certificate[0]); err != nil {
			return tls.Certificate{}, err
		}

		signer = issuer.PrivateKey
	}

	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)

	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
