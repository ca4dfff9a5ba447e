import { declareShape } from './shape.ts';

// Structs that templates of pods look into, as in kubernetes staging/src/k8s.io/api/core/v1/types.go. What is deeper is a plain map.
declareShape('v1.TypeMeta', 'Kind:string APIVersion:string');
declareShape('types.NamespacedName', 'Namespace:string Name:string');
declareShape(
  'v1.OwnerReference',
  'APIVersion:string Kind:string Name:string UID:string Controller:*bool BlockOwnerDeletion:*bool',
);
declareShape(
  'v1.ObjectMeta',
  `Name:string GenerateName:string Namespace:string SelfLink:string UID:string ResourceVersion:string Generation:int CreationTimestamp:any
  DeletionTimestamp:any DeletionGracePeriodSeconds:*int Labels:texts Annotations:texts OwnerReferences:v1.OwnerReference[] Finalizers:texts[]
  ManagedFields:any`,
);
declareShape('v1.ContainerPort', 'Name:string HostPort:int ContainerPort:int Protocol:string HostIP:string');
declareShape('v1.EnvVar', 'Name:string Value:string ValueFrom:any');
declareShape(
  'v1.VolumeMount',
  'Name:string ReadOnly:bool RecursiveReadOnly:any MountPath:string SubPath:string MountPropagation:any SubPathExpr:string',
);
declareShape('v1.ResourceRequirements', 'Limits:any Requests:any Claims:any');
declareShape(
  'v1.SecurityContext',
  `Capabilities:any Privileged:*bool SELinuxOptions:any WindowsOptions:any RunAsUser:*int RunAsGroup:*int RunAsNonRoot:*bool
  ReadOnlyRootFilesystem:*bool AllowPrivilegeEscalation:*bool ProcMount:any SeccompProfile:any AppArmorProfile:any`,
);
declareShape(
  'v1.Probe',
  `Exec:any HTTPGet:any TCPSocket:any GRPC:any InitialDelaySeconds:int TimeoutSeconds:int PeriodSeconds:int SuccessThreshold:int
  FailureThreshold:int TerminationGracePeriodSeconds:*int`,
);
declareShape(
  'v1.Container',
  `Name:string Image:string Command:texts[] Args:texts[] WorkingDir:string Ports:v1.ContainerPort[] EnvFrom:any Env:v1.EnvVar[]
  Resources:v1.ResourceRequirements ResizePolicy:any RestartPolicy:any VolumeMounts:v1.VolumeMount[] VolumeDevices:any LivenessProbe:*v1.Probe
  ReadinessProbe:*v1.Probe StartupProbe:*v1.Probe Lifecycle:any TerminationMessagePath:string TerminationMessagePolicy:string
  ImagePullPolicy:string SecurityContext:*v1.SecurityContext Stdin:bool StdinOnce:bool TTY:bool`,
);
declareShape('v1.LocalObjectReference', 'Name:string');
declareShape(
  'v1.PodSecurityContext',
  `SELinuxOptions:any WindowsOptions:any RunAsUser:*int RunAsGroup:*int RunAsNonRoot:*bool SupplementalGroups:any FSGroup:*int Sysctls:any
  FSGroupChangePolicy:any SeccompProfile:any AppArmorProfile:any`,
);
declareShape(
  'v1.PodSpec',
  `Volumes:any InitContainers:v1.Container[] Containers:v1.Container[] EphemeralContainers:any RestartPolicy:string
  TerminationGracePeriodSeconds:*int ActiveDeadlineSeconds:*int DNSPolicy:string NodeSelector:texts ServiceAccountName:string
  DeprecatedServiceAccount:string AutomountServiceAccountToken:*bool NodeName:string HostNetwork:bool HostPID:bool HostIPC:bool
  ShareProcessNamespace:*bool SecurityContext:*v1.PodSecurityContext ImagePullSecrets:v1.LocalObjectReference[] Hostname:string Subdomain:string
  Affinity:any SchedulerName:string Tolerations:any HostAliases:any PriorityClassName:string Priority:*int DNSConfig:any ReadinessGates:any
  RuntimeClassName:any EnableServiceLinks:*bool PreemptionPolicy:any Overhead:any TopologySpreadConstraints:any SetHostnameAsFQDN:*bool OS:any
  HostUsers:*bool SchedulingGates:any ResourceClaims:any`,
);

// Messages of Istio's MeshConfig, as in istio/api mesh/v1alpha1. Fields that are not named are found all the same.
declareShape('wrapperspb.BoolValue', 'Value:bool', true);
declareShape('wrapperspb.Int32Value', 'Value:int', true);
declareShape('v1beta1.ProxyImage', 'ImageType:string', true);
declareShape(
  'v1alpha3.ClientTLSSettings',
  'CaCertificates:string ClientCertificate:string PrivateKey:string Sni:string',
  true,
);
declareShape('v1alpha1.Tracing', 'TlsSettings:*v1alpha3.ClientTLSSettings', true);
declareShape('v1alpha1.RemoteService', 'Address:string', true);
declareShape(
  'v1alpha1.ProxyConfig',
  `ConfigPath:string BinaryPath:string ServiceCluster:string DrainDuration:duration DiscoveryAddress:string ZipkinAddress:string
  StatsdUdpAddress:string ProxyAdminPort:int ControlPlaneAuthPolicy:enum:MUTUAL_TLS CustomConfigFile:string StatNameLength:int
  Concurrency:*wrapperspb.Int32Value InterceptionMode:enum:REDIRECT Tracing:*v1alpha1.Tracing EnvoyAccessLogService:*v1alpha1.RemoteService
  EnvoyMetricsService:*v1alpha1.RemoteService ProxyMetadata:texts RuntimeValues:texts StatusPort:int ExtraStatTags:texts[]
  TerminationDrainDuration:duration MeshId:string HoldApplicationUntilProxyStarts:*wrapperspb.BoolValue CaCertificatesPem:texts[]
  Image:*v1beta1.ProxyImage`,
  true,
);
declareShape(
  'v1alpha1.MeshConfig',
  `ProxyListenPort:int ProxyInboundListenPort:int ProxyHttpPort:int ConnectTimeout:duration IngressClass:string IngressService:string
  AccessLogFile:string AccessLogFormat:string EnableTracing:bool RootNamespace:string TrustDomain:string TrustDomainAliases:texts[]
  DefaultConfig:*v1alpha1.ProxyConfig EnablePrometheusMerge:*wrapperspb.BoolValue EnableAutoMtls:*wrapperspb.BoolValue`,
  true,
);
