// hoplab-agent: PID 1 of every container.
#include <grpcpp/grpcpp.h>

#include <cstdio>

#include "proto/agent.grpc.pb.h"

int main(int argc, char** argv) {
  const char* path = argc > 1 ? argv[1] : "/run/hoplab/agent.sock";
  hoplab::v1::Agent::Service service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(std::string("unix:") + path, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server) return 1;
  server->Wait();
}
