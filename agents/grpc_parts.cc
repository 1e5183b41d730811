// What of gRPC a server on a Unix socket never uses. gRPC registers each of these parts at start
// and the archive would bring them in, a tenth of the agent; with these definitions found first,
// the linker leaves them out. Should one be needed by another part, linking fails for want of one
// definition too many.
namespace grpc_core {

class CoreConfiguration {
 public:
  class Builder;
};

void RegisterFakeResolver(CoreConfiguration::Builder*) {}
void RegisterGrpcLbPolicy(CoreConfiguration::Builder*) {}
void RegisterHttpConnectHandshaker(CoreConfiguration::Builder*) {}
void RegisterHttpProxyMapper(CoreConfiguration::Builder*) {}
void RegisterNativeDnsResolver(CoreConfiguration::Builder*) {}
void RegisterOutlierDetectionLbPolicy(CoreConfiguration::Builder*) {}
void RegisterPickFirstLbPolicy(CoreConfiguration::Builder*) {}
void RegisterPriorityLbPolicy(CoreConfiguration::Builder*) {}
void RegisterRingHashLbPolicy(CoreConfiguration::Builder*) {}
void RegisterRlsLbPolicy(CoreConfiguration::Builder*) {}
void RegisterRoundRobinLbPolicy(CoreConfiguration::Builder*) {}
void RegisterServiceConfigChannelArgFilter(CoreConfiguration::Builder*) {}
void RegisterSockaddrResolver(CoreConfiguration::Builder*) {}
void RegisterTCPConnectHandshaker(CoreConfiguration::Builder*) {}
void RegisterWeightedTargetLbPolicy(CoreConfiguration::Builder*) {}

}  // namespace grpc_core
