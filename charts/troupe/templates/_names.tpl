{{- define "troupe.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selects pods; takes {root, component}. */}}
{{- define "troupe.selector" -}}
app.kubernetes.io/name: troupe
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* Labels of an object; takes {root, component}. */}}
{{- define "troupe.labels" -}}
{{ include "troupe.selector" . }}
app.kubernetes.io/part-of: troupe
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* metadata of an object; takes {root, component, name}: name is added to the release's. */}}
{{- define "troupe.metadata" -}}
name: {{ include "troupe.name" .root }}{{ with .name }}-{{ . }}{{ end }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "troupe.labels" . | nindent 2 }}
{{- end -}}

{{/* An image by its digest, else by its tag; takes {image, tag}. */}}
{{- define "troupe.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .tag }}
{{- end -}}
{{- end -}}

{{- define "troupe.ownImage" -}}
{{- include "troupe.image" (dict "image" .Values.image "tag" (.Values.image.tag | default .Chart.AppVersion)) -}}
{{- end -}}

{{/* "yes" where PostgreSQL and S3 hold everything, so that there may be any number of pods. */}}
{{- define "troupe.shared" -}}
{{- if and .Values.database.existingSecret.name .Values.storage.url -}}yes{{- end -}}
{{- end -}}

{{/* The name in publicUrl, without port. */}}
{{- define "troupe.host" -}}
{{- (urlParse .Values.publicUrl).hostname -}}
{{- end -}}
