{{/* A rule to ports; takes {to, ports}: no `to` is anywhere. */}}
{{- define "troupe.out" -}}
- ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "troupe.outToDatabase" -}}
{{- include "troupe.out" (dict "to" .Values.networkPolicy.database "ports" (list .Values.networkPolicy.databasePort)) -}}
{{- end -}}

{{- define "troupe.outToStorage" -}}
{{- include "troupe.out" (dict "to" .Values.networkPolicy.storage "ports" (list .Values.networkPolicy.storagePort)) -}}
{{- end -}}

{{/* To clips that addresses name: public networks only (docs/operations.md, "Fetching from addresses"). */}}
{{- define "troupe.outToClips" -}}
- ports:
    - {protocol: TCP, port: 80}
    - {protocol: TCP, port: 443}
  to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
          {{- toYaml .Values.networkPolicy.privateNetworks | nindent 10 }}
{{- end -}}

{{/* To pods of this release; takes {root, component, ports}. */}}
{{- define "troupe.outToOwn" -}}
- ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  to:
    - podSelector:
        matchLabels:
          {{- include "troupe.selector" . | nindent 10 }}
{{- end -}}

{{- define "troupe.outToRegistry" -}}
{{- if .Values.mlflow.enabled }}
{{ include "troupe.outToOwn" (dict "root" . "component" "mlflow" "ports" (list 5000)) }}
{{- end }}
{{- if or .Values.registry.url .Values.registry.existingSecret.name }}
{{ include "troupe.out" (dict "to" .Values.networkPolicy.registry "ports" (list .Values.networkPolicy.registryPort)) }}
{{- end }}
{{- end -}}

{{/* The namespace that a name inside the cluster leads to (ml-pipeline.kubeflow, also with .svc...); empty: another name. */}}
{{- define "troupe.kubeflowNamespace" -}}
{{- $parts := splitList "." (urlParse .Values.kubeflow.host).hostname -}}
{{- if eq (len $parts) 1 -}}
{{ .Release.Namespace }}
{{- else if or (eq (len $parts) 2) (eq (index $parts 2) "svc") -}}
{{ index $parts 1 }}
{{- end -}}
{{- end -}}

{{/* Runs may be made in another namespace than that of the API, as every user of a whole Kubeflow has one. */}}
{{- define "troupe.outToKubeflow" -}}
{{- $to := .Values.networkPolicy.kubeflow -}}
{{- $namespace := include "troupe.kubeflowNamespace" . -}}
{{- if and $namespace (not $to) -}}
{{- $to = list (dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" $namespace))) -}}
{{- end -}}
{{- include "troupe.out" (dict "to" $to "ports" (list .Values.networkPolicy.kubeflowPort)) -}}
{{- end -}}
