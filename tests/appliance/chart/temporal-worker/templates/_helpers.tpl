{{- /*
SPDX-FileCopyrightText: 2026 The alga.appliance authors
SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}

{{- define "temporal-worker.selectorLabels" -}}
app.kubernetes.io/name: temporal-worker
app.kubernetes.io/instance: {{ .Release.Name }}
{{- if .Values.selectorComponent }}
app.kubernetes.io/component: worker
{{- end }}
{{- end -}}
