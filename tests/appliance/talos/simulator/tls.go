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
func (machine *Machine) tlsConfig() (*tls.Config, error) {
	stranger, err := newAuthority()
	if err != nil {
		return nil, err
	}

	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			machine.mu.Lock()
			provider, other := machine.config, machine.faults.OtherPKI
			machine.mu.Unlock()

			switch {
			case other:
				pool := x509.NewCertPool()
				pool.AddCert(stranger.Leaf)

				return mutual(stranger, pool)
			case provider == nil:
				return open()
			default:
				return ofCluster(provider)
			}
		},
	}, nil
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

	return mutual(&issuer, pool)
}

func mutual(issuer *tls.Certificate, clients *x509.CertPool) (*tls.Config, error) {
	certificate, err := sign(issuer)

	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    clients,
		NextProtos:   []string{"h2"},
	}, err
}

// newAuthority makes the authority of a cluster that nobody knows.
func newAuthority() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}

	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{Organization: []string{"talos"}},
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}

	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}

	leaf, err := x509.ParseCertificate(der)

	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
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
