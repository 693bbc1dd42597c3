{{- /*
SPDX-FileCopyrightText: 2026 The alga.appliance authors
SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}

{{- define "sebastian.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "sebastian.fullname" -}}
{{- $name := include "sebastian.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* The namespace of every object is a value, whatever the release's own is. */ -}}
{{- define "sebastian.namespace" -}}
{{- required "namespace must not be empty" .Values.namespace -}}
{{- end -}}

{{- define "sebastian.selectorLabels" -}}
app.kubernetes.io/name: {{ include "sebastian.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sebastian.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{ include "sebastian.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* "true" when this release asks for any database set-up: only then are there a Job and an init gate. */ -}}
{{- define "sebastian.setupWanted" -}}
{{- if or .Values.setup.runMigrations .Values.setup.runSeeds -}}true{{- end -}}
{{- end -}}

{{- define "sebastian.adminDbHost" -}}
{{- if .Values.db.enabled -}}
db.{{ include "sebastian.namespace" . }}.svc.cluster.local
{{- else -}}
{{- required "config.db.host is needed when db.enabled is false" (default .Values.config.db.host .Values.config.db.adminHost) -}}
{{- end -}}
{{- end -}}

{{- define "sebastian.adminDbPort" -}}
{{- if .Values.db.enabled -}}{{ .Values.db.service.port }}{{- else -}}{{ .Values.config.db.adminPort }}{{- end -}}
{{- end -}}

{{- /* Migrations go to this host even where an admin host is set (F32). */ -}}
{{- define "sebastian.setupDbHost" -}}
{{- if .Values.db.enabled -}}{{ include "sebastian.adminDbHost" . }}
{{- else -}}{{- required "config.db.host is needed when db.enabled is false" .Values.config.db.host -}}
{{- end -}}
{{- end -}}

{{- define "sebastian.setupDbPort" -}}
{{- if .Values.db.enabled -}}{{ .Values.db.service.port }}{{- else -}}{{ .Values.config.db.port }}{{- end -}}
{{- end -}}

{{- define "sebastian.runtimeDbHost" -}}
{{- if .Values.pgbouncer.enabled -}}
{{ .Values.pgbouncer.service.name }}.{{ include "sebastian.namespace" . }}.svc.cluster.local
{{- else -}}
{{ include "sebastian.setupDbHost" . }}
{{- end -}}
{{- end -}}

{{- define "sebastian.runtimeDbPort" -}}
{{- if .Values.pgbouncer.enabled -}}{{ .Values.pgbouncer.service.port }}{{- else -}}{{ include "sebastian.setupDbPort" . }}{{- end -}}
{{- end -}}

{{- /* One environment variable from a Secret. Arguments: root, env, and the Secret's own key and reference under config.db. */ -}}
{{- define "sebastian.dbPassword" -}}
- name: {{ .env }}
  valueFrom:
    secretKeyRef:
      {{- if .root.Values.db.enabled }}
      name: db-credentials
      key: {{ .key }}
      {{- else }}
      name: {{ .reference.name }}
      key: {{ .reference.key }}
      {{- end }}
{{- end -}}

{{- define "sebastian.adminPasswords" -}}
{{- $reference := .Values.config.db.server_password_admin_secret -}}
{{ include "sebastian.dbPassword" (dict "root" . "env" "DB_PASSWORD_ADMIN" "key" "DB_PASSWORD_SUPERUSER" "reference" $reference) }}
{{ include "sebastian.dbPassword" (dict "root" . "env" "DB_PASSWORD_SUPERUSER" "key" "DB_PASSWORD_SUPERUSER" "reference" $reference) }}
{{- end -}}

{{- /* The init gate; none when the release sets nothing up. It tells nothing about why it waits (F22). */ -}}
{{- define "sebastian.gateQuery" -}}
{{- if .Values.setup.applianceBootstrap.enabled -}}
SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'users')
{{- else if .Values.setup.runSeeds -}}
SELECT EXISTS (SELECT 1 FROM users)
{{- else -}}
SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = 'server')
{{- end -}}
{{- end -}}

{{- /* Keeps a claim's volume through upgrades: spec.volumeName is immutable once bound (F40). Arguments: namespace, name. */ -}}
{{- define "sebastian.boundVolume" -}}
{{- $claim := lookup "v1" "PersistentVolumeClaim" .namespace .name -}}
{{- if $claim -}}
{{- with $claim.spec.volumeName }}
volumeName: {{ . }}
{{- end -}}
{{- end -}}
{{- end -}}
