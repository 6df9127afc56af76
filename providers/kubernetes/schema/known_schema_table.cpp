// What the schemas of Kubernetes say of how fields are merged and read.
// Written by CLOUDFLOW_UPDATE_SCHEMAS=1 build/dev/kubernetes_tests "the known schemas are the server's".
#include "providers/kubernetes/schema/known_schema.h"

namespace cloudflow {

// clang-format off
std::string_view known_schema_table() {
  return
    R"(=admissionregistration.k8s.io/v1/MutatingWebhookConfiguration admissionregistration.v1.MutatingWebhookConfiguration
)"
    R"(=admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy admissionregistration.v1.ValidatingAdmissionPolicy
)"
    R"(=admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding admissionregistration.v1.ValidatingAdmissionPolicyBinding
)"
    R"(=admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration admissionregistration.v1.ValidatingWebhookConfiguration
)"
    R"(=apiextensions.k8s.io/v1/CustomResourceDefinition apiextensions.v1.CustomResourceDefinition
)"
    R"(=apiregistration.k8s.io/v1/APIService apiregistration.v1.APIService
)"
    R"(=apps/v1/ControllerRevision apps.v1.ControllerRevision
)"
    R"(=apps/v1/DaemonSet apps.v1.DaemonSet
)"
    R"(=apps/v1/Deployment apps.v1.Deployment
)"
    R"(=apps/v1/ReplicaSet apps.v1.ReplicaSet
)"
    R"(=apps/v1/StatefulSet apps.v1.StatefulSet
)"
    R"(=autoscaling/v1/HorizontalPodAutoscaler autoscaling.v1.HorizontalPodAutoscaler
)"
    R"(=autoscaling/v2/HorizontalPodAutoscaler autoscaling.v2.HorizontalPodAutoscaler
)"
    R"(=batch/v1/CronJob batch.v1.CronJob
)"
    R"(=batch/v1/Job batch.v1.Job
)"
    R"(=certificates.k8s.io/v1/CertificateSigningRequest certificates.v1.CertificateSigningRequest
)"
    R"(=coordination.k8s.io/v1/Lease coordination.v1.Lease
)"
    R"(=discovery.k8s.io/v1/EndpointSlice discovery.v1.EndpointSlice
)"
    R"(=events.k8s.io/v1/Event events.v1.Event
)"
    R"(=flowcontrol.apiserver.k8s.io/v1/FlowSchema flowcontrol.v1.FlowSchema
)"
    R"(=flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration flowcontrol.v1.PriorityLevelConfiguration
)"
    R"(=networking.k8s.io/v1/IPAddress networking.v1.IPAddress
)"
    R"(=networking.k8s.io/v1/Ingress networking.v1.Ingress
)"
    R"(=networking.k8s.io/v1/IngressClass networking.v1.IngressClass
)"
    R"(=networking.k8s.io/v1/NetworkPolicy networking.v1.NetworkPolicy
)"
    R"(=networking.k8s.io/v1/ServiceCIDR networking.v1.ServiceCIDR
)"
    R"(=node.k8s.io/v1/RuntimeClass node.v1.RuntimeClass
)"
    R"(=policy/v1/PodDisruptionBudget policy.v1.PodDisruptionBudget
)"
    R"(=rbac.authorization.k8s.io/v1/ClusterRole rbac.v1.ClusterRole
)"
    R"(=rbac.authorization.k8s.io/v1/ClusterRoleBinding rbac.v1.ClusterRoleBinding
)"
    R"(=rbac.authorization.k8s.io/v1/Role rbac.v1.Role
)"
    R"(=rbac.authorization.k8s.io/v1/RoleBinding rbac.v1.RoleBinding
)"
    R"(=scheduling.k8s.io/v1/PriorityClass scheduling.v1.PriorityClass
)"
    R"(=storage.k8s.io/v1/CSIDriver storage.v1.CSIDriver
)"
    R"(=storage.k8s.io/v1/CSINode storage.v1.CSINode
)"
    R"(=storage.k8s.io/v1/CSIStorageCapacity storage.v1.CSIStorageCapacity
)"
    R"(=storage.k8s.io/v1/StorageClass storage.v1.StorageClass
)"
    R"(=storage.k8s.io/v1/VolumeAttachment storage.v1.VolumeAttachment
)"
    R"(=storage.k8s.io/v1/VolumeAttributesClass storage.v1.VolumeAttributesClass
)"
    R"(=v1/Binding core.v1.Binding
)"
    R"(=v1/ComponentStatus core.v1.ComponentStatus
)"
    R"(=v1/ConfigMap core.v1.ConfigMap
)"
    R"(=v1/Endpoints core.v1.Endpoints
)"
    R"(=v1/Event core.v1.Event
)"
    R"(=v1/LimitRange core.v1.LimitRange
)"
    R"(=v1/Namespace core.v1.Namespace
)"
    R"(=v1/Node core.v1.Node
)"
    R"(=v1/PersistentVolume core.v1.PersistentVolume
)"
    R"(=v1/PersistentVolumeClaim core.v1.PersistentVolumeClaim
)"
    R"(=v1/Pod core.v1.Pod
)"
    R"(=v1/PodTemplate core.v1.PodTemplate
)"
    R"(=v1/ReplicationController core.v1.ReplicationController
)"
    R"(=v1/ResourceQuota core.v1.ResourceQuota
)"
    R"(=v1/Secret core.v1.Secret
)"
    R"(=v1/Service core.v1.Service
)"
    R"(=v1/ServiceAccount core.v1.ServiceAccount
)"
    R"(=v1/Status meta.v1.Status
)"
    R"(admissionregistration.v1.MatchResources excludeResourceRules:laadmissionregistration.v1.NamedRuleWithOperations namespaceSelector:ameta.v1.LabelSelector objectSelector:ameta.v1.LabelSelector resourceRules:laadmissionregistration.v1.NamedRuleWithOperations
)"
    R"(admissionregistration.v1.MutatingWebhook admissionReviewVersions:l. clientConfig:oadmissionregistration.v1.WebhookClientConfig matchConditions:k[name]oadmissionregistration.v1.MatchCondition namespaceSelector:ameta.v1.LabelSelector objectSelector:ameta.v1.LabelSelector rules:loadmissionregistration.v1.RuleWithOperations
)"
    R"(admissionregistration.v1.MutatingWebhookConfiguration metadata:ometa.v1.ObjectMeta webhooks:k[name]oadmissionregistration.v1.MutatingWebhook
)"
    R"(admissionregistration.v1.NamedRuleWithOperations apiGroups:l. apiVersions:l. operations:l. resourceNames:l. resources:l.
)"
    R"(admissionregistration.v1.ParamRef selector:ameta.v1.LabelSelector
)"
    R"(admissionregistration.v1.RuleWithOperations apiGroups:l. apiVersions:l. operations:l. resources:l.
)"
    R"(admissionregistration.v1.TypeChecking expressionWarnings:loadmissionregistration.v1.ExpressionWarning
)"
    R"(admissionregistration.v1.ValidatingAdmissionPolicy metadata:ometa.v1.ObjectMeta spec:oadmissionregistration.v1.ValidatingAdmissionPolicySpec status:oadmissionregistration.v1.ValidatingAdmissionPolicyStatus
)"
    R"(admissionregistration.v1.ValidatingAdmissionPolicyBinding metadata:ometa.v1.ObjectMeta spec:oadmissionregistration.v1.ValidatingAdmissionPolicyBindingSpec
)"
    R"(admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec matchResources:aadmissionregistration.v1.MatchResources paramRef:aadmissionregistration.v1.ParamRef validationActions:s.
)"
    R"(admissionregistration.v1.ValidatingAdmissionPolicySpec auditAnnotations:loadmissionregistration.v1.AuditAnnotation matchConditions:k[name]oadmissionregistration.v1.MatchCondition matchConstraints:aadmissionregistration.v1.MatchResources paramKind:aadmissionregistration.v1.ParamKind validations:loadmissionregistration.v1.Validation variables:k[name]aadmissionregistration.v1.Variable
)"
    R"(admissionregistration.v1.ValidatingAdmissionPolicyStatus conditions:k[type]ometa.v1.Condition typeChecking:oadmissionregistration.v1.TypeChecking
)"
    R"(admissionregistration.v1.ValidatingWebhook admissionReviewVersions:l. clientConfig:oadmissionregistration.v1.WebhookClientConfig matchConditions:k[name]oadmissionregistration.v1.MatchCondition namespaceSelector:ameta.v1.LabelSelector objectSelector:ameta.v1.LabelSelector rules:loadmissionregistration.v1.RuleWithOperations
)"
    R"(admissionregistration.v1.ValidatingWebhookConfiguration metadata:ometa.v1.ObjectMeta webhooks:k[name]oadmissionregistration.v1.ValidatingWebhook
)"
    R"(admissionregistration.v1.WebhookClientConfig service:oadmissionregistration.v1.ServiceReference
)"
    R"(apiextensions.v1.CustomResourceConversion webhook:oapiextensions.v1.WebhookConversion
)"
    R"(apiextensions.v1.CustomResourceDefinition metadata:ometa.v1.ObjectMeta spec:oapiextensions.v1.CustomResourceDefinitionSpec status:oapiextensions.v1.CustomResourceDefinitionStatus
)"
    R"(apiextensions.v1.CustomResourceDefinitionNames categories:l. shortNames:l.
)"
    R"(apiextensions.v1.CustomResourceDefinitionSpec conversion:oapiextensions.v1.CustomResourceConversion names:oapiextensions.v1.CustomResourceDefinitionNames versions:loapiextensions.v1.CustomResourceDefinitionVersion
)"
    R"(apiextensions.v1.CustomResourceDefinitionStatus acceptedNames:oapiextensions.v1.CustomResourceDefinitionNames conditions:k[type]oapiextensions.v1.CustomResourceDefinitionCondition storedVersions:l.
)"
    R"(apiextensions.v1.CustomResourceDefinitionVersion additionalPrinterColumns:loapiextensions.v1.CustomResourceColumnDefinition schema:oapiextensions.v1.CustomResourceValidation selectableFields:loapiextensions.v1.SelectableField subresources:oapiextensions.v1.CustomResourceSubresources
)"
    R"(apiextensions.v1.CustomResourceSubresources scale:oapiextensions.v1.CustomResourceSubresourceScale status:*
)"
    R"(apiextensions.v1.CustomResourceValidation openAPIV3Schema:oapiextensions.v1.JSONSchemaProps
)"
    R"(apiextensions.v1.JSONSchemaProps additionalItems:* additionalProperties:* allOf:loapiextensions.v1.JSONSchemaProps anyOf:loapiextensions.v1.JSONSchemaProps default:* definitions:moapiextensions.v1.JSONSchemaProps dependencies:m* enum:l* example:* externalDocs:oapiextensions.v1.ExternalDocumentation items:* not:oapiextensions.v1.JSONSchemaProps oneOf:loapiextensions.v1.JSONSchemaProps patternProperties:moapiextensions.v1.JSONSchemaProps properties:moapiextensions.v1.JSONSchemaProps required:l. x-kubernetes-list-map-keys:l. x-kubernetes-validations:k[rule]oapiextensions.v1.ValidationRule
)"
    R"(apiextensions.v1.WebhookClientConfig service:oapiextensions.v1.ServiceReference
)"
    R"(apiextensions.v1.WebhookConversion clientConfig:oapiextensions.v1.WebhookClientConfig conversionReviewVersions:l.
)"
    R"(apiregistration.v1.APIService metadata:ometa.v1.ObjectMeta spec:oapiregistration.v1.APIServiceSpec status:oapiregistration.v1.APIServiceStatus
)"
    R"(apiregistration.v1.APIServiceSpec service:oapiregistration.v1.ServiceReference
)"
    R"(apiregistration.v1.APIServiceStatus conditions:k[type]oapiregistration.v1.APIServiceCondition
)"
    R"(apps.v1.ControllerRevision data:* metadata:ometa.v1.ObjectMeta
)"
    R"(apps.v1.DaemonSet metadata:ometa.v1.ObjectMeta spec:oapps.v1.DaemonSetSpec status:oapps.v1.DaemonSetStatus
)"
    R"(apps.v1.DaemonSetSpec selector:ameta.v1.LabelSelector template:ocore.v1.PodTemplateSpec updateStrategy:oapps.v1.DaemonSetUpdateStrategy
)"
    R"(apps.v1.DaemonSetStatus conditions:k[type]oapps.v1.DaemonSetCondition
)"
    R"(apps.v1.DaemonSetUpdateStrategy rollingUpdate:oapps.v1.RollingUpdateDaemonSet
)"
    R"(apps.v1.Deployment metadata:ometa.v1.ObjectMeta spec:oapps.v1.DeploymentSpec status:oapps.v1.DeploymentStatus
)"
    R"(apps.v1.DeploymentSpec selector:ameta.v1.LabelSelector strategy:oapps.v1.DeploymentStrategy template:ocore.v1.PodTemplateSpec
)"
    R"(apps.v1.DeploymentStatus conditions:k[type]oapps.v1.DeploymentCondition
)"
    R"(apps.v1.DeploymentStrategy rollingUpdate:oapps.v1.RollingUpdateDeployment
)"
    R"(apps.v1.ReplicaSet metadata:ometa.v1.ObjectMeta spec:oapps.v1.ReplicaSetSpec status:oapps.v1.ReplicaSetStatus
)"
    R"(apps.v1.ReplicaSetSpec selector:ameta.v1.LabelSelector template:ocore.v1.PodTemplateSpec
)"
    R"(apps.v1.ReplicaSetStatus conditions:k[type]oapps.v1.ReplicaSetCondition
)"
    R"(apps.v1.StatefulSet metadata:ometa.v1.ObjectMeta spec:oapps.v1.StatefulSetSpec status:oapps.v1.StatefulSetStatus
)"
    R"(apps.v1.StatefulSetSpec ordinals:oapps.v1.StatefulSetOrdinals persistentVolumeClaimRetentionPolicy:oapps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy selector:ameta.v1.LabelSelector template:ocore.v1.PodTemplateSpec updateStrategy:oapps.v1.StatefulSetUpdateStrategy volumeClaimTemplates:locore.v1.PersistentVolumeClaim
)"
    R"(apps.v1.StatefulSetStatus conditions:k[type]oapps.v1.StatefulSetCondition
)"
    R"(apps.v1.StatefulSetUpdateStrategy rollingUpdate:oapps.v1.RollingUpdateStatefulSetStrategy
)"
    R"(autoscaling.v1.HorizontalPodAutoscaler metadata:ometa.v1.ObjectMeta spec:oautoscaling.v1.HorizontalPodAutoscalerSpec status:oautoscaling.v1.HorizontalPodAutoscalerStatus
)"
    R"(autoscaling.v1.HorizontalPodAutoscalerSpec scaleTargetRef:aautoscaling.v1.CrossVersionObjectReference
)"
    R"(autoscaling.v2.ContainerResourceMetricSource target:oautoscaling.v2.MetricTarget
)"
    R"(autoscaling.v2.ContainerResourceMetricStatus current:oautoscaling.v2.MetricValueStatus
)"
    R"(autoscaling.v2.ExternalMetricSource metric:oautoscaling.v2.MetricIdentifier target:oautoscaling.v2.MetricTarget
)"
    R"(autoscaling.v2.ExternalMetricStatus current:oautoscaling.v2.MetricValueStatus metric:oautoscaling.v2.MetricIdentifier
)"
    R"(autoscaling.v2.HPAScalingRules policies:loautoscaling.v2.HPAScalingPolicy tolerance:q
)"
    R"(autoscaling.v2.HorizontalPodAutoscaler metadata:ometa.v1.ObjectMeta spec:oautoscaling.v2.HorizontalPodAutoscalerSpec status:oautoscaling.v2.HorizontalPodAutoscalerStatus
)"
    R"(autoscaling.v2.HorizontalPodAutoscalerBehavior scaleDown:oautoscaling.v2.HPAScalingRules scaleUp:oautoscaling.v2.HPAScalingRules
)"
    R"(autoscaling.v2.HorizontalPodAutoscalerSpec behavior:oautoscaling.v2.HorizontalPodAutoscalerBehavior metrics:loautoscaling.v2.MetricSpec scaleTargetRef:oautoscaling.v2.CrossVersionObjectReference
)"
    R"(autoscaling.v2.HorizontalPodAutoscalerStatus conditions:k[type]oautoscaling.v2.HorizontalPodAutoscalerCondition currentMetrics:loautoscaling.v2.MetricStatus
)"
    R"(autoscaling.v2.MetricIdentifier selector:ameta.v1.LabelSelector
)"
    R"(autoscaling.v2.MetricSpec containerResource:oautoscaling.v2.ContainerResourceMetricSource external:oautoscaling.v2.ExternalMetricSource object:oautoscaling.v2.ObjectMetricSource pods:oautoscaling.v2.PodsMetricSource resource:oautoscaling.v2.ResourceMetricSource
)"
    R"(autoscaling.v2.MetricStatus containerResource:oautoscaling.v2.ContainerResourceMetricStatus external:oautoscaling.v2.ExternalMetricStatus object:oautoscaling.v2.ObjectMetricStatus pods:oautoscaling.v2.PodsMetricStatus resource:oautoscaling.v2.ResourceMetricStatus
)"
    R"(autoscaling.v2.MetricTarget averageValue:q value:q
)"
    R"(autoscaling.v2.MetricValueStatus averageValue:q value:q
)"
    R"(autoscaling.v2.ObjectMetricSource describedObject:oautoscaling.v2.CrossVersionObjectReference metric:oautoscaling.v2.MetricIdentifier target:oautoscaling.v2.MetricTarget
)"
    R"(autoscaling.v2.ObjectMetricStatus current:oautoscaling.v2.MetricValueStatus describedObject:oautoscaling.v2.CrossVersionObjectReference metric:oautoscaling.v2.MetricIdentifier
)"
    R"(autoscaling.v2.PodsMetricSource metric:oautoscaling.v2.MetricIdentifier target:oautoscaling.v2.MetricTarget
)"
    R"(autoscaling.v2.PodsMetricStatus current:oautoscaling.v2.MetricValueStatus metric:oautoscaling.v2.MetricIdentifier
)"
    R"(autoscaling.v2.ResourceMetricSource target:oautoscaling.v2.MetricTarget
)"
    R"(autoscaling.v2.ResourceMetricStatus current:oautoscaling.v2.MetricValueStatus
)"
    R"(batch.v1.CronJob metadata:ometa.v1.ObjectMeta spec:obatch.v1.CronJobSpec status:obatch.v1.CronJobStatus
)"
    R"(batch.v1.CronJobSpec jobTemplate:obatch.v1.JobTemplateSpec
)"
    R"(batch.v1.CronJobStatus active:lacore.v1.ObjectReference
)"
    R"(batch.v1.Job metadata:ometa.v1.ObjectMeta spec:obatch.v1.JobSpec status:obatch.v1.JobStatus
)"
    R"(batch.v1.JobSpec podFailurePolicy:obatch.v1.PodFailurePolicy selector:ameta.v1.LabelSelector successPolicy:obatch.v1.SuccessPolicy template:ocore.v1.PodTemplateSpec
)"
    R"(batch.v1.JobStatus conditions:lobatch.v1.JobCondition uncountedTerminatedPods:obatch.v1.UncountedTerminatedPods
)"
    R"(batch.v1.JobTemplateSpec metadata:ometa.v1.ObjectMeta spec:obatch.v1.JobSpec
)"
    R"(batch.v1.PodFailurePolicy rules:lobatch.v1.PodFailurePolicyRule
)"
    R"(batch.v1.PodFailurePolicyOnExitCodesRequirement values:s.
)"
    R"(batch.v1.PodFailurePolicyRule onExitCodes:obatch.v1.PodFailurePolicyOnExitCodesRequirement onPodConditions:lobatch.v1.PodFailurePolicyOnPodConditionsPattern
)"
    R"(batch.v1.SuccessPolicy rules:lobatch.v1.SuccessPolicyRule
)"
    R"(batch.v1.UncountedTerminatedPods failed:s. succeeded:s.
)"
    R"(certificates.v1.CertificateSigningRequest metadata:ometa.v1.ObjectMeta spec:ocertificates.v1.CertificateSigningRequestSpec status:ocertificates.v1.CertificateSigningRequestStatus
)"
    R"(certificates.v1.CertificateSigningRequestSpec extra:ml. groups:l. usages:l.
)"
    R"(certificates.v1.CertificateSigningRequestStatus conditions:k[type]ocertificates.v1.CertificateSigningRequestCondition
)"
    R"(coordination.v1.Lease metadata:ometa.v1.ObjectMeta spec:ocoordination.v1.LeaseSpec
)"
    R"(core.v1.Affinity nodeAffinity:ocore.v1.NodeAffinity podAffinity:ocore.v1.PodAffinity podAntiAffinity:ocore.v1.PodAntiAffinity
)"
    R"(core.v1.AzureDiskVolumeSource cachingMode=ReadWrite:. fsType=ext4:. kind=Shared:.
)"
    R"(core.v1.Binding metadata:ometa.v1.ObjectMeta target:acore.v1.ObjectReference
)"
    R"(core.v1.CSIPersistentVolumeSource controllerExpandSecretRef:acore.v1.SecretReference controllerPublishSecretRef:acore.v1.SecretReference nodeExpandSecretRef:acore.v1.SecretReference nodePublishSecretRef:acore.v1.SecretReference nodeStageSecretRef:acore.v1.SecretReference volumeAttributes:m.
)"
    R"(core.v1.CSIVolumeSource nodePublishSecretRef:acore.v1.LocalObjectReference volumeAttributes:m.
)"
    R"(core.v1.Capabilities add:l. drop:l.
)"
    R"(core.v1.CephFSPersistentVolumeSource monitors:l. secretRef:acore.v1.SecretReference
)"
    R"(core.v1.CephFSVolumeSource monitors:l. secretRef:acore.v1.LocalObjectReference
)"
    R"(core.v1.CinderPersistentVolumeSource secretRef:acore.v1.SecretReference
)"
    R"(core.v1.CinderVolumeSource secretRef:acore.v1.LocalObjectReference
)"
    R"(core.v1.ClusterTrustBundleProjection labelSelector:ameta.v1.LabelSelector
)"
    R"(core.v1.ComponentStatus conditions:k[type]ocore.v1.ComponentCondition metadata:ometa.v1.ObjectMeta
)"
    R"(core.v1.ConfigMap binaryData:m. data:m. metadata:ometa.v1.ObjectMeta
)"
    R"(core.v1.ConfigMapProjection items:locore.v1.KeyToPath
)"
    R"(core.v1.ConfigMapVolumeSource items:locore.v1.KeyToPath
)"
    R"(core.v1.Container args:l. command:l. env:k[name]ocore.v1.EnvVar envFrom:locore.v1.EnvFromSource lifecycle:ocore.v1.Lifecycle livenessProbe:ocore.v1.Probe ports:k[containerPort,protocol]ocore.v1.ContainerPort readinessProbe:ocore.v1.Probe resizePolicy:locore.v1.ContainerResizePolicy resources:ocore.v1.ResourceRequirements restartPolicyRules:locore.v1.ContainerRestartRule securityContext:ocore.v1.SecurityContext startupProbe:ocore.v1.Probe volumeDevices:k[devicePath]ocore.v1.VolumeDevice volumeMounts:k[mountPath]ocore.v1.VolumeMount
)"
    R"(core.v1.ContainerImage names:l.
)"
    R"(core.v1.ContainerPort protocol=TCP:.
)"
    R"(core.v1.ContainerRestartRule exitCodes:ocore.v1.ContainerRestartRuleOnExitCodes
)"
    R"(core.v1.ContainerRestartRuleOnExitCodes values:s.
)"
    R"(core.v1.ContainerState running:ocore.v1.ContainerStateRunning terminated:ocore.v1.ContainerStateTerminated waiting:ocore.v1.ContainerStateWaiting
)"
    R"(core.v1.ContainerStatus allocatedResources:mq allocatedResourcesStatus:k[name]ocore.v1.ResourceStatus lastState:ocore.v1.ContainerState resources:ocore.v1.ResourceRequirements state:ocore.v1.ContainerState user:ocore.v1.ContainerUser volumeMounts:k[mountPath]ocore.v1.VolumeMountStatus
)"
    R"(core.v1.ContainerUser linux:ocore.v1.LinuxContainerUser
)"
    R"(core.v1.DownwardAPIProjection items:locore.v1.DownwardAPIVolumeFile
)"
    R"(core.v1.DownwardAPIVolumeFile fieldRef:acore.v1.ObjectFieldSelector resourceFieldRef:acore.v1.ResourceFieldSelector
)"
    R"(core.v1.DownwardAPIVolumeSource items:locore.v1.DownwardAPIVolumeFile
)"
    R"(core.v1.EmptyDirVolumeSource sizeLimit:q
)"
    R"(core.v1.EndpointAddress targetRef:acore.v1.ObjectReference
)"
    R"(core.v1.EndpointSubset addresses:lacore.v1.EndpointAddress notReadyAddresses:lacore.v1.EndpointAddress ports:lacore.v1.EndpointPort
)"
    R"(core.v1.Endpoints metadata:ometa.v1.ObjectMeta subsets:locore.v1.EndpointSubset
)"
    R"(core.v1.EnvFromSource configMapRef:ocore.v1.ConfigMapEnvSource secretRef:ocore.v1.SecretEnvSource
)"
    R"(core.v1.EnvVar valueFrom:ocore.v1.EnvVarSource
)"
    R"(core.v1.EnvVarSource configMapKeyRef:acore.v1.ConfigMapKeySelector fieldRef:acore.v1.ObjectFieldSelector fileKeyRef:acore.v1.FileKeySelector resourceFieldRef:acore.v1.ResourceFieldSelector secretKeyRef:acore.v1.SecretKeySelector
)"
    R"(core.v1.EphemeralContainer args:l. command:l. env:k[name]ocore.v1.EnvVar envFrom:locore.v1.EnvFromSource lifecycle:ocore.v1.Lifecycle livenessProbe:ocore.v1.Probe ports:k[containerPort,protocol]ocore.v1.ContainerPort readinessProbe:ocore.v1.Probe resizePolicy:locore.v1.ContainerResizePolicy resources:ocore.v1.ResourceRequirements restartPolicyRules:locore.v1.ContainerRestartRule securityContext:ocore.v1.SecurityContext startupProbe:ocore.v1.Probe volumeDevices:k[devicePath]ocore.v1.VolumeDevice volumeMounts:k[mountPath]ocore.v1.VolumeMount
)"
    R"(core.v1.EphemeralVolumeSource volumeClaimTemplate:ocore.v1.PersistentVolumeClaimTemplate
)"
    R"(core.v1.Event involvedObject:acore.v1.ObjectReference metadata:ometa.v1.ObjectMeta related:acore.v1.ObjectReference series:ocore.v1.EventSeries source:ocore.v1.EventSource
)"
    R"(core.v1.ExecAction command:l.
)"
    R"(core.v1.FCVolumeSource targetWWNs:l. wwids:l.
)"
    R"(core.v1.FlexPersistentVolumeSource options:m. secretRef:acore.v1.SecretReference
)"
    R"(core.v1.FlexVolumeSource options:m. secretRef:acore.v1.LocalObjectReference
)"
    R"(core.v1.HTTPGetAction httpHeaders:locore.v1.HTTPHeader
)"
    R"(core.v1.HostAlias hostnames:l.
)"
    R"(core.v1.ISCSIPersistentVolumeSource iscsiInterface=default:. portals:l. secretRef:acore.v1.SecretReference
)"
    R"(core.v1.ISCSIVolumeSource iscsiInterface=default:. portals:l. secretRef:acore.v1.LocalObjectReference
)"
    R"(core.v1.Lifecycle postStart:ocore.v1.LifecycleHandler preStop:ocore.v1.LifecycleHandler
)"
    R"(core.v1.LifecycleHandler exec:ocore.v1.ExecAction httpGet:ocore.v1.HTTPGetAction sleep:ocore.v1.SleepAction tcpSocket:ocore.v1.TCPSocketAction
)"
    R"(core.v1.LimitRange metadata:ometa.v1.ObjectMeta spec:ocore.v1.LimitRangeSpec
)"
    R"(core.v1.LimitRangeItem default:mq defaultRequest:mq max:mq maxLimitRequestRatio:mq min:mq
)"
    R"(core.v1.LimitRangeSpec limits:locore.v1.LimitRangeItem
)"
    R"(core.v1.LinuxContainerUser supplementalGroups:l.
)"
    R"(core.v1.LoadBalancerIngress ports:locore.v1.PortStatus
)"
    R"(core.v1.LoadBalancerStatus ingress:locore.v1.LoadBalancerIngress
)"
    R"(core.v1.Namespace metadata:ometa.v1.ObjectMeta spec:ocore.v1.NamespaceSpec status:ocore.v1.NamespaceStatus
)"
    R"(core.v1.NamespaceSpec finalizers:l.
)"
    R"(core.v1.NamespaceStatus conditions:k[type]ocore.v1.NamespaceCondition
)"
    R"(core.v1.Node metadata:ometa.v1.ObjectMeta spec:ocore.v1.NodeSpec status:ocore.v1.NodeStatus
)"
    R"(core.v1.NodeAffinity preferredDuringSchedulingIgnoredDuringExecution:locore.v1.PreferredSchedulingTerm requiredDuringSchedulingIgnoredDuringExecution:acore.v1.NodeSelector
)"
    R"(core.v1.NodeConfigSource configMap:ocore.v1.ConfigMapNodeConfigSource
)"
    R"(core.v1.NodeConfigStatus active:ocore.v1.NodeConfigSource assigned:ocore.v1.NodeConfigSource lastKnownGood:ocore.v1.NodeConfigSource
)"
    R"(core.v1.NodeDaemonEndpoints kubeletEndpoint:ocore.v1.DaemonEndpoint
)"
    R"(core.v1.NodeRuntimeHandler features:ocore.v1.NodeRuntimeHandlerFeatures
)"
    R"(core.v1.NodeSelector nodeSelectorTerms:lacore.v1.NodeSelectorTerm
)"
    R"(core.v1.NodeSelectorRequirement values:l.
)"
    R"(core.v1.NodeSelectorTerm matchExpressions:locore.v1.NodeSelectorRequirement matchFields:locore.v1.NodeSelectorRequirement
)"
    R"(core.v1.NodeSpec configSource:ocore.v1.NodeConfigSource podCIDRs:s. taints:locore.v1.Taint
)"
    R"(core.v1.NodeStatus addresses:k[type]ocore.v1.NodeAddress allocatable:mq capacity:mq conditions:k[type]ocore.v1.NodeCondition config:ocore.v1.NodeConfigStatus daemonEndpoints:ocore.v1.NodeDaemonEndpoints features:ocore.v1.NodeFeatures images:locore.v1.ContainerImage nodeInfo:ocore.v1.NodeSystemInfo runtimeHandlers:locore.v1.NodeRuntimeHandler volumesAttached:locore.v1.AttachedVolume volumesInUse:l.
)"
    R"(core.v1.NodeSystemInfo swap:ocore.v1.NodeSwapStatus
)"
    R"(core.v1.PersistentVolume metadata:ometa.v1.ObjectMeta spec:ocore.v1.PersistentVolumeSpec status:ocore.v1.PersistentVolumeStatus
)"
    R"(core.v1.PersistentVolumeClaim metadata:ometa.v1.ObjectMeta spec:ocore.v1.PersistentVolumeClaimSpec status:ocore.v1.PersistentVolumeClaimStatus
)"
    R"(core.v1.PersistentVolumeClaimSpec accessModes:l. dataSource:acore.v1.TypedLocalObjectReference dataSourceRef:ocore.v1.TypedObjectReference resources:ocore.v1.VolumeResourceRequirements selector:ameta.v1.LabelSelector
)"
    R"(core.v1.PersistentVolumeClaimStatus accessModes:l. allocatedResourceStatuses:m. allocatedResources:mq capacity:mq conditions:k[type]ocore.v1.PersistentVolumeClaimCondition modifyVolumeStatus:ocore.v1.ModifyVolumeStatus
)"
    R"(core.v1.PersistentVolumeClaimTemplate metadata:ometa.v1.ObjectMeta spec:ocore.v1.PersistentVolumeClaimSpec
)"
    R"(core.v1.PersistentVolumeSpec accessModes:l. awsElasticBlockStore:ocore.v1.AWSElasticBlockStoreVolumeSource azureDisk:ocore.v1.AzureDiskVolumeSource azureFile:ocore.v1.AzureFilePersistentVolumeSource capacity:mq cephfs:ocore.v1.CephFSPersistentVolumeSource cinder:ocore.v1.CinderPersistentVolumeSource claimRef:acore.v1.ObjectReference csi:ocore.v1.CSIPersistentVolumeSource fc:ocore.v1.FCVolumeSource flexVolume:ocore.v1.FlexPersistentVolumeSource flocker:ocore.v1.FlockerVolumeSource gcePersistentDisk:ocore.v1.GCEPersistentDiskVolumeSource glusterfs:ocore.v1.GlusterfsPersistentVolumeSource hostPath:ocore.v1.HostPathVolumeSource iscsi:ocore.v1.ISCSIPersistentVolumeSource local:ocore.v1.LocalVolumeSource mountOptions:l. nfs:ocore.v1.NFSVolumeSource nodeAffinity:ocore.v1.VolumeNodeAffinity photonPersistentDisk:ocore.v1.PhotonPersistentDiskVolumeSource portworxVolume:ocore.v1.PortworxVolumeSource quobyte:ocore.v1.QuobyteVolumeSource rbd:ocore.v1.RBDPersistentVolumeSource scaleIO:ocore.v1.ScaleIOPersistentVolumeSource storageos:ocore.v1.StorageOSPersistentVolumeSource vsphereVolume:ocore.v1.VsphereVirtualDiskVolumeSource
)"
    R"(core.v1.Pod metadata:ometa.v1.ObjectMeta spec:ocore.v1.PodSpec status:ocore.v1.PodStatus
)"
    R"(core.v1.PodAffinity preferredDuringSchedulingIgnoredDuringExecution:locore.v1.WeightedPodAffinityTerm requiredDuringSchedulingIgnoredDuringExecution:locore.v1.PodAffinityTerm
)"
    R"(core.v1.PodAffinityTerm labelSelector:ameta.v1.LabelSelector matchLabelKeys:l. mismatchLabelKeys:l. namespaceSelector:ameta.v1.LabelSelector namespaces:l.
)"
    R"(core.v1.PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution:locore.v1.WeightedPodAffinityTerm requiredDuringSchedulingIgnoredDuringExecution:locore.v1.PodAffinityTerm
)"
    R"(core.v1.PodDNSConfig nameservers:l. options:locore.v1.PodDNSConfigOption searches:l.
)"
    R"(core.v1.PodExtendedResourceClaimStatus requestMappings:locore.v1.ContainerExtendedResourceRequest
)"
    R"(core.v1.PodSecurityContext appArmorProfile:ocore.v1.AppArmorProfile seLinuxOptions:ocore.v1.SELinuxOptions seccompProfile:ocore.v1.SeccompProfile supplementalGroups:l. sysctls:locore.v1.Sysctl windowsOptions:ocore.v1.WindowsSecurityContextOptions
)"
    R"(core.v1.PodSpec affinity:ocore.v1.Affinity containers:k[name]ocore.v1.Container dnsConfig:ocore.v1.PodDNSConfig ephemeralContainers:k[name]ocore.v1.EphemeralContainer hostAliases:k[ip]ocore.v1.HostAlias imagePullSecrets:k[name]acore.v1.LocalObjectReference initContainers:k[name]ocore.v1.Container nodeSelector:M. os:ocore.v1.PodOS overhead:mq readinessGates:locore.v1.PodReadinessGate resourceClaims:k[name]ocore.v1.PodResourceClaim resources:ocore.v1.ResourceRequirements schedulingGates:k[name]ocore.v1.PodSchedulingGate securityContext:ocore.v1.PodSecurityContext tolerations:locore.v1.Toleration topologySpreadConstraints:k[topologyKey,whenUnsatisfiable]ocore.v1.TopologySpreadConstraint volumes:k[name]ocore.v1.Volume
)"
    R"(core.v1.PodStatus conditions:k[type]ocore.v1.PodCondition containerStatuses:locore.v1.ContainerStatus ephemeralContainerStatuses:locore.v1.ContainerStatus extendedResourceClaimStatus:ocore.v1.PodExtendedResourceClaimStatus hostIPs:locore.v1.HostIP initContainerStatuses:locore.v1.ContainerStatus podIPs:k[ip]ocore.v1.PodIP resourceClaimStatuses:k[name]ocore.v1.PodResourceClaimStatus
)"
    R"(core.v1.PodTemplate metadata:ometa.v1.ObjectMeta template:ocore.v1.PodTemplateSpec
)"
    R"(core.v1.PodTemplateSpec metadata:ometa.v1.ObjectMeta spec:ocore.v1.PodSpec
)"
    R"(core.v1.PreferredSchedulingTerm preference:acore.v1.NodeSelectorTerm
)"
    R"(core.v1.Probe exec:ocore.v1.ExecAction grpc:ocore.v1.GRPCAction httpGet:ocore.v1.HTTPGetAction tcpSocket:ocore.v1.TCPSocketAction
)"
    R"(core.v1.ProjectedVolumeSource sources:locore.v1.VolumeProjection
)"
    R"(core.v1.RBDPersistentVolumeSource keyring=/etc/ceph/keyring:. monitors:l. pool=rbd:. secretRef:acore.v1.SecretReference user=admin:.
)"
    R"(core.v1.RBDVolumeSource keyring=/etc/ceph/keyring:. monitors:l. pool=rbd:. secretRef:acore.v1.LocalObjectReference user=admin:.
)"
    R"(core.v1.ReplicationController metadata:ometa.v1.ObjectMeta spec:ocore.v1.ReplicationControllerSpec status:ocore.v1.ReplicationControllerStatus
)"
    R"(core.v1.ReplicationControllerSpec replicas=1:. selector:M. template:ocore.v1.PodTemplateSpec
)"
    R"(core.v1.ReplicationControllerStatus conditions:k[type]ocore.v1.ReplicationControllerCondition
)"
    R"(core.v1.ResourceFieldSelector divisor:q
)"
    R"(core.v1.ResourceQuota metadata:ometa.v1.ObjectMeta spec:ocore.v1.ResourceQuotaSpec status:ocore.v1.ResourceQuotaStatus
)"
    R"(core.v1.ResourceQuotaSpec hard:mq scopeSelector:acore.v1.ScopeSelector scopes:l.
)"
    R"(core.v1.ResourceQuotaStatus hard:mq used:mq
)"
    R"(core.v1.ResourceRequirements claims:k[name]ocore.v1.ResourceClaim limits:mq requests:mq
)"
    R"(core.v1.ResourceStatus resources:k[resourceID]ocore.v1.ResourceHealth
)"
    R"(core.v1.ScaleIOPersistentVolumeSource fsType=xfs:. secretRef:acore.v1.SecretReference storageMode=ThinProvisioned:.
)"
    R"(core.v1.ScaleIOVolumeSource fsType=xfs:. secretRef:acore.v1.LocalObjectReference storageMode=ThinProvisioned:.
)"
    R"(core.v1.ScopeSelector matchExpressions:locore.v1.ScopedResourceSelectorRequirement
)"
    R"(core.v1.ScopedResourceSelectorRequirement values:l.
)"
    R"(core.v1.Secret data:m. metadata:ometa.v1.ObjectMeta stringData:m.
)"
    R"(core.v1.SecretProjection items:locore.v1.KeyToPath
)"
    R"(core.v1.SecretVolumeSource items:locore.v1.KeyToPath
)"
    R"(core.v1.SecurityContext appArmorProfile:ocore.v1.AppArmorProfile capabilities:ocore.v1.Capabilities seLinuxOptions:ocore.v1.SELinuxOptions seccompProfile:ocore.v1.SeccompProfile windowsOptions:ocore.v1.WindowsSecurityContextOptions
)"
    R"(core.v1.Service metadata:ometa.v1.ObjectMeta spec:ocore.v1.ServiceSpec status:ocore.v1.ServiceStatus
)"
    R"(core.v1.ServiceAccount imagePullSecrets:lacore.v1.LocalObjectReference metadata:ometa.v1.ObjectMeta secrets:k[name]acore.v1.ObjectReference
)"
    R"(core.v1.ServicePort protocol=TCP:.
)"
    R"(core.v1.ServiceSpec clusterIPs:l. externalIPs:l. ipFamilies:l. loadBalancerSourceRanges:l. ports:k[port,protocol]ocore.v1.ServicePort selector:M. sessionAffinityConfig:ocore.v1.SessionAffinityConfig
)"
    R"(core.v1.ServiceStatus conditions:k[type]ometa.v1.Condition loadBalancer:ocore.v1.LoadBalancerStatus
)"
    R"(core.v1.SessionAffinityConfig clientIP:ocore.v1.ClientIPConfig
)"
    R"(core.v1.StorageOSPersistentVolumeSource secretRef:acore.v1.ObjectReference
)"
    R"(core.v1.StorageOSVolumeSource secretRef:acore.v1.LocalObjectReference
)"
    R"(core.v1.TopologySelectorLabelRequirement values:l.
)"
    R"(core.v1.TopologySelectorTerm matchLabelExpressions:locore.v1.TopologySelectorLabelRequirement
)"
    R"(core.v1.TopologySpreadConstraint labelSelector:ameta.v1.LabelSelector matchLabelKeys:l.
)"
    R"(core.v1.Volume awsElasticBlockStore:ocore.v1.AWSElasticBlockStoreVolumeSource azureDisk:ocore.v1.AzureDiskVolumeSource azureFile:ocore.v1.AzureFileVolumeSource cephfs:ocore.v1.CephFSVolumeSource cinder:ocore.v1.CinderVolumeSource configMap:ocore.v1.ConfigMapVolumeSource csi:ocore.v1.CSIVolumeSource downwardAPI:ocore.v1.DownwardAPIVolumeSource emptyDir:ocore.v1.EmptyDirVolumeSource ephemeral:ocore.v1.EphemeralVolumeSource fc:ocore.v1.FCVolumeSource flexVolume:ocore.v1.FlexVolumeSource flocker:ocore.v1.FlockerVolumeSource gcePersistentDisk:ocore.v1.GCEPersistentDiskVolumeSource gitRepo:ocore.v1.GitRepoVolumeSource glusterfs:ocore.v1.GlusterfsVolumeSource hostPath:ocore.v1.HostPathVolumeSource image:ocore.v1.ImageVolumeSource iscsi:ocore.v1.ISCSIVolumeSource nfs:ocore.v1.NFSVolumeSource persistentVolumeClaim:ocore.v1.PersistentVolumeClaimVolumeSource photonPersistentDisk:ocore.v1.PhotonPersistentDiskVolumeSource portworxVolume:ocore.v1.PortworxVolumeSource projected:ocore.v1.ProjectedVolumeSource quobyte:ocore.v1.QuobyteVolumeSource rbd:ocore.v1.RBDVolumeSource scaleIO:ocore.v1.ScaleIOVolumeSource secret:ocore.v1.SecretVolumeSource storageos:ocore.v1.StorageOSVolumeSource vsphereVolume:ocore.v1.VsphereVirtualDiskVolumeSource
)"
    R"(core.v1.VolumeNodeAffinity required:acore.v1.NodeSelector
)"
    R"(core.v1.VolumeProjection clusterTrustBundle:ocore.v1.ClusterTrustBundleProjection configMap:ocore.v1.ConfigMapProjection downwardAPI:ocore.v1.DownwardAPIProjection podCertificate:ocore.v1.PodCertificateProjection secret:ocore.v1.SecretProjection serviceAccountToken:ocore.v1.ServiceAccountTokenProjection
)"
    R"(core.v1.VolumeResourceRequirements limits:mq requests:mq
)"
    R"(core.v1.WeightedPodAffinityTerm podAffinityTerm:ocore.v1.PodAffinityTerm
)"
    R"(discovery.v1.Endpoint addresses:s. conditions:odiscovery.v1.EndpointConditions deprecatedTopology:m. hints:odiscovery.v1.EndpointHints targetRef:acore.v1.ObjectReference
)"
    R"(discovery.v1.EndpointHints forNodes:lodiscovery.v1.ForNode forZones:lodiscovery.v1.ForZone
)"
    R"(discovery.v1.EndpointSlice endpoints:lodiscovery.v1.Endpoint metadata:ometa.v1.ObjectMeta ports:ladiscovery.v1.EndpointPort
)"
    R"(events.v1.Event deprecatedSource:ocore.v1.EventSource metadata:ometa.v1.ObjectMeta regarding:acore.v1.ObjectReference related:acore.v1.ObjectReference series:oevents.v1.EventSeries
)"
    R"(flowcontrol.v1.FlowSchema metadata:ometa.v1.ObjectMeta spec:oflowcontrol.v1.FlowSchemaSpec status:oflowcontrol.v1.FlowSchemaStatus
)"
    R"(flowcontrol.v1.FlowSchemaSpec distinguisherMethod:oflowcontrol.v1.FlowDistinguisherMethod priorityLevelConfiguration:oflowcontrol.v1.PriorityLevelConfigurationReference rules:loflowcontrol.v1.PolicyRulesWithSubjects
)"
    R"(flowcontrol.v1.FlowSchemaStatus conditions:k[type]oflowcontrol.v1.FlowSchemaCondition
)"
    R"(flowcontrol.v1.LimitResponse queuing:oflowcontrol.v1.QueuingConfiguration
)"
    R"(flowcontrol.v1.LimitedPriorityLevelConfiguration limitResponse:oflowcontrol.v1.LimitResponse
)"
    R"(flowcontrol.v1.NonResourcePolicyRule nonResourceURLs:s. verbs:s.
)"
    R"(flowcontrol.v1.PolicyRulesWithSubjects nonResourceRules:loflowcontrol.v1.NonResourcePolicyRule resourceRules:loflowcontrol.v1.ResourcePolicyRule subjects:loflowcontrol.v1.Subject
)"
    R"(flowcontrol.v1.PriorityLevelConfiguration metadata:ometa.v1.ObjectMeta spec:oflowcontrol.v1.PriorityLevelConfigurationSpec status:oflowcontrol.v1.PriorityLevelConfigurationStatus
)"
    R"(flowcontrol.v1.PriorityLevelConfigurationSpec exempt:oflowcontrol.v1.ExemptPriorityLevelConfiguration limited:oflowcontrol.v1.LimitedPriorityLevelConfiguration
)"
    R"(flowcontrol.v1.PriorityLevelConfigurationStatus conditions:k[type]oflowcontrol.v1.PriorityLevelConfigurationCondition
)"
    R"(flowcontrol.v1.ResourcePolicyRule apiGroups:s. namespaces:s. resources:s. verbs:s.
)"
    R"(flowcontrol.v1.Subject group:oflowcontrol.v1.GroupSubject serviceAccount:oflowcontrol.v1.ServiceAccountSubject user:oflowcontrol.v1.UserSubject
)"
    R"(meta.v1.LabelSelector matchExpressions:lometa.v1.LabelSelectorRequirement matchLabels:m.
)"
    R"(meta.v1.LabelSelectorRequirement values:l.
)"
    R"(meta.v1.ObjectMeta annotations:m. finalizers:s. labels:m. ownerReferences:k[uid]ameta.v1.OwnerReference
)"
    R"(meta.v1.Status details:ometa.v1.StatusDetails metadata:ometa.v1.ListMeta
)"
    R"(meta.v1.StatusDetails causes:lometa.v1.StatusCause
)"
    R"(networking.v1.HTTPIngressPath backend:onetworking.v1.IngressBackend
)"
    R"(networking.v1.HTTPIngressRuleValue paths:lonetworking.v1.HTTPIngressPath
)"
    R"(networking.v1.IPAddress metadata:ometa.v1.ObjectMeta spec:onetworking.v1.IPAddressSpec
)"
    R"(networking.v1.IPAddressSpec parentRef:onetworking.v1.ParentReference
)"
    R"(networking.v1.IPBlock except:l.
)"
    R"(networking.v1.Ingress metadata:ometa.v1.ObjectMeta spec:onetworking.v1.IngressSpec status:onetworking.v1.IngressStatus
)"
    R"(networking.v1.IngressBackend resource:acore.v1.TypedLocalObjectReference service:onetworking.v1.IngressServiceBackend
)"
    R"(networking.v1.IngressClass metadata:ometa.v1.ObjectMeta spec:onetworking.v1.IngressClassSpec
)"
    R"(networking.v1.IngressClassSpec parameters:onetworking.v1.IngressClassParametersReference
)"
    R"(networking.v1.IngressLoadBalancerIngress ports:lonetworking.v1.IngressPortStatus
)"
    R"(networking.v1.IngressLoadBalancerStatus ingress:lonetworking.v1.IngressLoadBalancerIngress
)"
    R"(networking.v1.IngressRule http:onetworking.v1.HTTPIngressRuleValue
)"
    R"(networking.v1.IngressServiceBackend port:anetworking.v1.ServiceBackendPort
)"
    R"(networking.v1.IngressSpec defaultBackend:onetworking.v1.IngressBackend rules:lonetworking.v1.IngressRule tls:lonetworking.v1.IngressTLS
)"
    R"(networking.v1.IngressStatus loadBalancer:onetworking.v1.IngressLoadBalancerStatus
)"
    R"(networking.v1.IngressTLS hosts:l.
)"
    R"(networking.v1.NetworkPolicy metadata:ometa.v1.ObjectMeta spec:onetworking.v1.NetworkPolicySpec
)"
    R"(networking.v1.NetworkPolicyEgressRule ports:lonetworking.v1.NetworkPolicyPort to:lonetworking.v1.NetworkPolicyPeer
)"
    R"(networking.v1.NetworkPolicyIngressRule from:lonetworking.v1.NetworkPolicyPeer ports:lonetworking.v1.NetworkPolicyPort
)"
    R"(networking.v1.NetworkPolicyPeer ipBlock:onetworking.v1.IPBlock namespaceSelector:ameta.v1.LabelSelector podSelector:ameta.v1.LabelSelector
)"
    R"(networking.v1.NetworkPolicySpec egress:lonetworking.v1.NetworkPolicyEgressRule ingress:lonetworking.v1.NetworkPolicyIngressRule podSelector:ameta.v1.LabelSelector policyTypes:l.
)"
    R"(networking.v1.ServiceCIDR metadata:ometa.v1.ObjectMeta spec:onetworking.v1.ServiceCIDRSpec status:onetworking.v1.ServiceCIDRStatus
)"
    R"(networking.v1.ServiceCIDRSpec cidrs:l.
)"
    R"(networking.v1.ServiceCIDRStatus conditions:k[type]ometa.v1.Condition
)"
    R"(node.v1.Overhead podFixed:mq
)"
    R"(node.v1.RuntimeClass metadata:ometa.v1.ObjectMeta overhead:onode.v1.Overhead scheduling:onode.v1.Scheduling
)"
    R"(node.v1.Scheduling nodeSelector:M. tolerations:locore.v1.Toleration
)"
    R"(policy.v1.PodDisruptionBudget metadata:ometa.v1.ObjectMeta spec:opolicy.v1.PodDisruptionBudgetSpec status:opolicy.v1.PodDisruptionBudgetStatus
)"
    R"(policy.v1.PodDisruptionBudgetSpec selector:ameta.v1.LabelSelector
)"
    R"(policy.v1.PodDisruptionBudgetStatus conditions:k[type]ometa.v1.Condition disruptedPods:m.
)"
    R"(rbac.v1.AggregationRule clusterRoleSelectors:lameta.v1.LabelSelector
)"
    R"(rbac.v1.ClusterRole aggregationRule:orbac.v1.AggregationRule metadata:ometa.v1.ObjectMeta rules:lorbac.v1.PolicyRule
)"
    R"(rbac.v1.ClusterRoleBinding metadata:ometa.v1.ObjectMeta roleRef:arbac.v1.RoleRef subjects:larbac.v1.Subject
)"
    R"(rbac.v1.PolicyRule apiGroups:l. nonResourceURLs:l. resourceNames:l. resources:l. verbs:l.
)"
    R"(rbac.v1.Role metadata:ometa.v1.ObjectMeta rules:lorbac.v1.PolicyRule
)"
    R"(rbac.v1.RoleBinding metadata:ometa.v1.ObjectMeta roleRef:arbac.v1.RoleRef subjects:larbac.v1.Subject
)"
    R"(scheduling.v1.PriorityClass metadata:ometa.v1.ObjectMeta
)"
    R"(storage.v1.CSIDriver metadata:ometa.v1.ObjectMeta spec:ostorage.v1.CSIDriverSpec
)"
    R"(storage.v1.CSIDriverSpec tokenRequests:lostorage.v1.TokenRequest volumeLifecycleModes:s.
)"
    R"(storage.v1.CSINode metadata:ometa.v1.ObjectMeta spec:ostorage.v1.CSINodeSpec
)"
    R"(storage.v1.CSINodeDriver allocatable:ostorage.v1.VolumeNodeResources topologyKeys:l.
)"
    R"(storage.v1.CSINodeSpec drivers:k[name]ostorage.v1.CSINodeDriver
)"
    R"(storage.v1.CSIStorageCapacity capacity:q maximumVolumeSize:q metadata:ometa.v1.ObjectMeta nodeTopology:ameta.v1.LabelSelector
)"
    R"(storage.v1.StorageClass allowedTopologies:lacore.v1.TopologySelectorTerm metadata:ometa.v1.ObjectMeta mountOptions:l. parameters:m.
)"
    R"(storage.v1.VolumeAttachment metadata:ometa.v1.ObjectMeta spec:ostorage.v1.VolumeAttachmentSpec status:ostorage.v1.VolumeAttachmentStatus
)"
    R"(storage.v1.VolumeAttachmentSource inlineVolumeSpec:ocore.v1.PersistentVolumeSpec
)"
    R"(storage.v1.VolumeAttachmentSpec source:ostorage.v1.VolumeAttachmentSource
)"
    R"(storage.v1.VolumeAttachmentStatus attachError:ostorage.v1.VolumeError attachmentMetadata:m. detachError:ostorage.v1.VolumeError
)"
    R"(storage.v1.VolumeAttributesClass metadata:ometa.v1.ObjectMeta parameters:m.
)"
    ;
}
// clang-format on

}  // namespace cloudflow
