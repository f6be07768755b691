{{/* What every pod of the restricted level has; takes {root, values, component}. */}}
{{- define "troupe.pod" -}}
serviceAccountName: {{ include "troupe.name" .root }}-{{ .component }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
affinity:
{{- if .values.affinity }}
  {{- toYaml .values.affinity | nindent 2 }}
{{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "troupe.selector" (dict "root" .root "component" .component) | nindent 14 }}
{{- end }}
{{- end -}}

{{/* Image and rights of every container of ours. */}}
{{- define "troupe.container" -}}
image: {{ include "troupe.ownImage" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- include "troupe.rights" . | nindent 2 }}
{{- end -}}

{{- define "troupe.rights" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65532
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* A variable from a Secret; takes {name, secret, key}. */}}
{{- define "troupe.secretVariable" -}}
- name: {{ .name }}
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
{{- end -}}

{{/* Keys and region of the bucket. */}}
{{- define "troupe.bucketVariables" -}}
{{- with .Values.storage.existingSecret }}
{{- if .name }}
{{ include "troupe.secretVariable" (dict "name" "AWS_ACCESS_KEY_ID" "secret" .name "key" .accessKeyIdKey) }}
{{ include "troupe.secretVariable" (dict "name" "AWS_SECRET_ACCESS_KEY" "secret" .name "key" .secretAccessKeyKey) }}
{{- end }}
{{- end }}
{{- with .Values.storage.region }}
- {name: AWS_REGION, value: {{ . | quote }}}
- {name: AWS_DEFAULT_REGION, value: {{ . | quote }}}
{{- end }}
{{- end -}}

{{/* Where the registry of models is, if anywhere. */}}
{{- define "troupe.registryVariables" -}}
{{- if .Values.registry.existingSecret.name }}
{{ include "troupe.secretVariable" (dict "name" "TROUPE_REGISTRY" "secret" .Values.registry.existingSecret.name "key" .Values.registry.existingSecret.key) }}
{{- else if or .Values.registry.url .Values.mlflow.enabled }}
- {name: TROUPE_REGISTRY, value: {{ .Values.registry.url | default (printf "http://%s-mlflow:5000" (include "troupe.name" .)) | quote }}}
{{- end }}
{{- end -}}

{{/* What Troupe is told by its environment; takes {root, runs}: how many runs this process works on. */}}
{{- define "troupe.variables" -}}
{{- $values := .root.Values -}}
- {name: TROUPE_DATA, value: /data}
- {name: TROUPE_CACHE, value: /cache}
- {name: HOME, value: /tmp}
- {name: TROUPE_HOST, value: 0.0.0.0}
- {name: TROUPE_PORT, value: "8000"}
- {name: TROUPE_RUNS, value: {{ .runs | quote }}}
- {name: TROUPE_WORKERS, value: {{ $values.worker.processes | quote }}}
- {name: TROUPE_CACHE_BYTES, value: {{ $values.cache.bytes | int64 | quote }}}
- {name: TROUPE_AUTHENTICATION, value: {{ $values.authentication.mode }}}
{{- with $values.publicUrl }}
- {name: TROUPE_PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
{{- if eq $values.authentication.mode "oidc" }}
{{- with $values.authentication.oidc }}
- {name: TROUPE_OIDC_ISSUER, value: {{ .issuer | quote }}}
- {name: TROUPE_OIDC_CLIENT_ID, value: {{ .clientId | quote }}}
{{ include "troupe.secretVariable" (dict "name" "TROUPE_OIDC_CLIENT_SECRET" "secret" .existingSecret.name "key" .existingSecret.key) }}
{{- with .allowed }}
- {name: TROUPE_OIDC_ALLOWED, value: {{ join "," . | quote }}}
{{- end }}
{{- end }}
{{- end }}
{{- with $values.secret.existingSecret }}
{{- if .name }}
{{ include "troupe.secretVariable" (dict "name" "TROUPE_SECRET" "secret" .name "key" .key) }}
{{- end }}
{{- end }}
{{- if $values.signing.existingSecret.name }}
- {name: TROUPE_SIGNING_CERTIFICATE, value: /signing/{{ $values.signing.existingSecret.certificateKey }}}
- {name: TROUPE_SIGNING_KEY, value: /signing/{{ $values.signing.existingSecret.keyKey }}}
{{- end }}
{{- with $values.database.existingSecret }}
{{- if .name }}
{{ include "troupe.secretVariable" (dict "name" "TROUPE_DATABASE_URL" "secret" .name "key" .key) }}
{{- end }}
{{- end }}
{{- with $values.storage.url }}
- {name: TROUPE_STORAGE_URL, value: {{ . | quote }}}
{{- end }}
{{- with $values.storage.endpoint }}
- {name: TROUPE_STORAGE_ENDPOINT, value: {{ . | quote }}}
{{- end }}
{{- include "troupe.bucketVariables" .root }}
{{- include "troupe.registryVariables" .root }}
{{- if $values.kubeflow.enabled }}
{{- with $values.kubeflow }}
- {name: TROUPE_RUNNER, value: kubeflow}
- {name: TROUPE_KUBEFLOW_HOST, value: {{ .host | quote }}}
- {name: TROUPE_KUBEFLOW_NAMESPACE, value: {{ .namespace | quote }}}
- {name: TROUPE_KUBEFLOW_EXPERIMENT, value: {{ .experiment | quote }}}
- {name: TROUPE_KUBEFLOW_IMAGE, value: {{ printf "%s@%s" .image.repository .image.digest | quote }}}
{{- if .gpuImage.repository }}
- {name: TROUPE_KUBEFLOW_GPU_IMAGE, value: {{ printf "%s@%s" .gpuImage.repository .gpuImage.digest | quote }}}
{{- end }}
{{- if .gpuNodes }}
{{- $labels := list }}
{{- range $label, $wanted := .gpuNodes }}{{- $labels = append $labels (printf "%s=%s" $label $wanted) }}{{- end }}
- {name: TROUPE_KUBEFLOW_GPU_NODES, value: {{ join "," $labels | quote }}}
{{- end }}
{{- with .storageSecret }}
- {name: TROUPE_KUBEFLOW_SECRET, value: {{ . | quote }}}
{{- end }}
{{- with .pullSecret }}
- {name: TROUPE_KUBEFLOW_PULL_SECRET, value: {{ . | quote }}}
{{- end }}
{{- if .token.projected }}
- {name: TROUPE_KUBEFLOW_TOKEN_FILE, value: /kubeflow/token}
{{- else if .token.existingSecret.name }}
{{ include "troupe.secretVariable" (dict "name" "TROUPE_KUBEFLOW_TOKEN" "secret" .token.existingSecret.name "key" .token.existingSecret.key) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $value := $values.settings }}
- {name: {{ $name }}, value: {{ if and (kindIs "float64" $value) (eq (floor $value) $value) }}{{ $value | int64 | quote }}{{ else }}{{ $value | quote }}{{ end }}}
{{- end }}
{{- end -}}

{{/* Where Troupe writes, and the secrets that are files. */}}
{{- define "troupe.mounts" -}}
- {name: data, mountPath: /data}
- {name: cache, mountPath: /cache}
- {name: tmp, mountPath: /tmp}
- {name: shm, mountPath: /dev/shm}
{{- if .Values.signing.existingSecret.name }}
- {name: signing, mountPath: /signing, readOnly: true}
{{- end }}
{{- if and .Values.kubeflow.enabled .Values.kubeflow.token.projected }}
- {name: kubeflow-token, mountPath: /kubeflow, readOnly: true}
{{- end }}
{{- end -}}

{{- define "troupe.volumes" -}}
- name: data
{{- if include "troupe.shared" . }}
  emptyDir: {sizeLimit: 20Gi}
{{- else if .Values.persistence.enabled }}
  persistentVolumeClaim:
    claimName: {{ .Values.persistence.existingClaim | default (printf "%s-data" (include "troupe.name" .)) }}
{{- else }}
  emptyDir: {}
{{- end }}
- name: cache
{{- if .Values.cache.existingClaim }}
  persistentVolumeClaim: {claimName: {{ .Values.cache.existingClaim }}}
{{- else }}
  emptyDir: {sizeLimit: {{ div (mul (.Values.cache.bytes | int64) 6) 5 | quote }}}
{{- end }}
- name: tmp
  emptyDir: {sizeLimit: 20Gi}
- name: shm
  emptyDir: {medium: Memory, sizeLimit: {{ .Values.worker.sharedMemory }}}
{{- with .Values.signing.existingSecret }}
{{- if .name }}
- name: signing
  secret: {secretName: {{ .name }}, defaultMode: 288}
{{- end }}
{{- end }}
{{- if and .Values.kubeflow.enabled .Values.kubeflow.token.projected }}
- name: kubeflow-token
  projected:
    defaultMode: 288
    sources:
      - serviceAccountToken: {path: token, audience: {{ .Values.kubeflow.token.audience | quote }}, expirationSeconds: 3600}
{{- end }}
{{- end -}}

{{/* What pods of an InferenceService have; takes {root, service}. */}}
{{- define "troupe.modelPod" -}}
{{- with .root.Values.models.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .service.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .service.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .service.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
