{{- /* The service graph: whom each service asks. Everything about "who calls whom" below is made from it.
Each asks its producers for events that JetStream lost, and intake for procedures. */ -}}
{{- define "redress.graph" -}}
intake: [followup, routing]
routing: [intake, slatimer, followup]
slatimer: [intake, routing, followup]
followup: [intake, routing]
reporting: [intake, routing, slatimer, followup]
{{- end }}

{{- /* Labels that select a service's pods. Argument: (dict "root" $ "service" name). */ -}}
{{- define "redress.selector" -}}
app.kubernetes.io/name: redress
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end }}

{{- define "redress.labels" -}}
{{ include "redress.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- /* A pod's probe. The kubelet speaks gRPC in the clear only: it asks the listener that serves health alone. */ -}}
{{- define "redress.probe" -}}
grpc: {port: {{ .Values.healthPort }}}
{{- end }}
