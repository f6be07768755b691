{{/* What the schema cannot say: values that do not fit together are refused with a sentence. */}}
{{- define "troupe.checks" -}}
{{- $v := .Values -}}
{{- $shared := include "troupe.shared" . -}}
{{- if and $v.database.existingSecret.name (not $v.storage.url) -}}
{{- fail "database.existingSecret is set and storage.url is not: several pods need both, one pod needs neither." -}}
{{- end -}}
{{- if and $v.storage.url (not $v.database.existingSecret.name) -}}
{{- fail "storage.url is set and database.existingSecret is not: several pods need both, one pod needs neither." -}}
{{- end -}}
{{- if not $shared -}}
{{- if or (gt (int $v.orchestrator.replicas) 1) $v.orchestrator.autoscaling.enabled -}}
{{- fail "More than one pod of the orchestrator needs PostgreSQL and S3: set database.existingSecret and storage.url." -}}
{{- end -}}
{{- if or (gt (int $v.worker.replicas) 1) $v.worker.autoscaling.enabled -}}
{{- fail "More than one worker needs PostgreSQL and S3: set database.existingSecret and storage.url." -}}
{{- end -}}
{{- if $v.kubeflow.enabled -}}
{{- fail "kubeflow.enabled needs database.existingSecret and storage.url: pods on the cluster fetch photos from S3." -}}
{{- end -}}
{{- else -}}
{{- if not (and $v.secret.existingSecret.name $v.signing.existingSecret.name) -}}
{{- fail "With PostgreSQL and S3 all pods need the same secret and certificate: set secret.existingSecret and signing.existingSecret." -}}
{{- end -}}
{{- end -}}
{{- with $v.authentication -}}
{{- if and (eq .mode "oidc") (not (and .oidc.issuer .oidc.clientId .oidc.existingSecret.name $v.publicUrl)) -}}
{{- fail "authentication.mode oidc needs publicUrl, and oidc.issuer, oidc.clientId and oidc.existingSecret." -}}
{{- end -}}
{{- end -}}
{{- if and (or $v.ingress.enabled $v.gateway.enabled) (not $v.publicUrl) -}}
{{- fail "An Ingress or HTTPRoute needs publicUrl: the server answers to no other name." -}}
{{- end -}}
{{- if $v.publicUrl -}}
{{- if not (has (urlParse $v.publicUrl).path (list "" "/")) -}}
{{- fail "publicUrl names a host and no path: the page is at the top of its name." -}}
{{- end -}}
{{- end -}}
{{- if and $v.gateway.enabled (not $v.gateway.parentRefs) -}}
{{- fail "gateway.enabled needs gateway.parentRefs: the Gateway that the route belongs to." -}}
{{- end -}}
{{- with $v.kubeflow -}}
{{- if .enabled -}}
{{- if not (and .host .image.digest $v.publicUrl) -}}
{{- fail "kubeflow.enabled needs kubeflow.host, kubeflow.image.digest, and publicUrl, to which steps post what they do." -}}
{{- end -}}
{{- if and .gpuImage.repository (not .gpuImage.digest) -}}
{{- fail "kubeflow.gpuImage needs its digest: Kubeflow caches by an image's name." -}}
{{- end -}}
{{- if and .token.projected .token.existingSecret.name -}}
{{- fail "kubeflow.token is either projected or of an existingSecret." -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $v.mlflow.enabled (not (and $v.mlflow.database.existingSecret.name $v.mlflow.artifacts)) -}}
{{- fail "mlflow.enabled needs mlflow.database.existingSecret and mlflow.artifacts: it keeps nothing in its pod." -}}
{{- end -}}
{{- if $v.rollout.enabled -}}
{{- if not (or $v.registry.url $v.registry.existingSecret.name $v.mlflow.enabled) -}}
{{- fail "rollout.enabled needs a registry: set registry.url, registry.existingSecret or mlflow.enabled." -}}
{{- end -}}
{{- if not $v.models.runtime.enabled -}}
{{- fail "rollout.enabled needs models.runtime.enabled: it is what runs the champions." -}}
{{- end -}}
{{- if and $v.rollout.webhook.enabled (not $v.rollout.webhook.existingSecret.name) -}}
{{- fail "rollout.webhook.enabled needs rollout.webhook.existingSecret: calls are signed." -}}
{{- end -}}
{{- $before := 0 -}}
{{- range $v.rollout.shares -}}
{{- if le (int .) $before -}}{{- fail "rollout.shares are rising percents, as [10, 50]." -}}{{- end -}}
{{- $before = int . -}}
{{- end -}}
{{- end -}}
{{- if and $v.models.triton.enabled (not $v.models.triton.image.digest) -}}
{{- fail "models.triton.enabled needs models.triton.image.digest: a TensorRT plan belongs to one release of Triton." -}}
{{- end -}}
{{- $seen := dict -}}
{{- range $v.models.services -}}
{{- if hasKey $seen .name -}}{{- fail (printf "models.services has %q twice." .name) -}}{{- end -}}
{{- $_ := set $seen .name true -}}
{{- if eq .name (include "troupe.name" $) -}}
{{- fail (printf "The model %q has the name of the orchestrator's Service: KServe makes one of the model's name." .name) -}}
{{- end -}}
{{- if and (eq .accelerator "gpu") (not $v.models.triton.enabled) -}}
{{- fail (printf "The model %q runs on a GPU: set models.triton.enabled." .name) -}}
{{- end -}}
{{- if and (eq .accelerator "cpu") (not $v.models.runtime.enabled) -}}
{{- fail (printf "The model %q runs on processors: set models.runtime.enabled." .name) -}}
{{- end -}}
{{- if and .transformer (eq .accelerator "gpu") (not .folderUri) -}}
{{- fail (printf "The transformer of the model %q needs folderUri: its folder with contract.json." .name) -}}
{{- end -}}
{{- if gt (int (.minReplicas | default 1)) (int (.maxReplicas | default (.minReplicas | default 1))) -}}
{{- fail (printf "The model %q has more minReplicas than maxReplicas." .name) -}}
{{- end -}}
{{- $scaling := .autoscaling | default dict -}}
{{- if and (eq ($scaling.class | default "hpa") "keda") (not $scaling.prometheusAddress) -}}
{{- fail (printf "The model %q scales by KEDA: set its autoscaling.prometheusAddress." .name) -}}
{{- end -}}
{{- end -}}
{{- if and $v.monitoring.serviceMonitor.enabled (not $v.monitoring.serviceMonitor.tokenSecret.name) -}}
{{- fail "monitoring.serviceMonitor.enabled needs monitoring.serviceMonitor.tokenSecret: /metrics asks for a token of the scope admin." -}}
{{- end -}}
{{- if $v.worker.autoscaling.enabled -}}
{{- if not (and $v.worker.autoscaling.prometheusAddress $v.monitoring.serviceMonitor.enabled) -}}
{{- fail "worker.autoscaling.enabled needs worker.autoscaling.prometheusAddress and monitoring.serviceMonitor.enabled: the queue's depth comes from there." -}}
{{- end -}}
{{- if gt (int $v.worker.autoscaling.minReplicas) (int $v.worker.autoscaling.maxReplicas) -}}
{{- fail "worker.autoscaling.minReplicas is above maxReplicas." -}}
{{- end -}}
{{- end -}}
{{- if and $v.orchestrator.autoscaling.enabled (gt (int $v.orchestrator.autoscaling.minReplicas) (int $v.orchestrator.autoscaling.maxReplicas)) -}}
{{- fail "orchestrator.autoscaling.minReplicas is above maxReplicas." -}}
{{- end -}}
{{- end -}}
