// A client's request to a real web server, plain and with TLS under the lab's own CA.
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/integration/agent/agent_container.h"

namespace hoplab::agenttest {
namespace {

using hoplab::v1::Health;
using std::chrono::seconds;

struct Certificates {
  std::string ca;
  std::string chain;
  std::string key;
};

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

Certificates make_certificates() {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("agenttest-certificates-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  shell("cd " + folder.string() +
        " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        " -subj '/CN=test lab CA' -keyout ca.key -out ca.pem"
        " && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=192.0.2.2'"
        " -keyout key.pem -out request.pem && echo subjectAltName=IP:192.0.2.2 > san"
        " && openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 2 -extfile san"
        " -out cert.pem");
  Certificates made{contents_of(folder / "ca.pem"), contents_of(folder / "cert.pem"),
                    contents_of(folder / "key.pem")};
  std::filesystem::remove_all(folder);
  return made;
}

class Request : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto why = missing({"hoplab/client", "hoplab/web_server"});
    if (!why.empty()) GTEST_SKIP() << why;
    certificates_ = make_certificates();
    if (certificates_.key.empty()) GTEST_SKIP() << "no openssl command";
    client_ = std::make_unique<AgentContainer>("web-client", "hoplab/client");
    server_ = std::make_unique<AgentContainer>("web-server", "hoplab/web_server");
    ASSERT_TRUE(client_->reachable() && server_->reachable());
    auto client = client_->spec("eth0", "192.0.2.1/24", "web-server");
    client.set_ca_certificate(certificates_.ca);
    client.mutable_client();
    client_->configure(client);
    auto server = server_->spec("eth0", "192.0.2.2/24", "web-client");
    auto& web = *server.mutable_web_server();
    web.set_address("192.0.2.2");
    web.set_port(80);
    web.add_names("192.0.2.2");
    web.set_certificate(certificates_.chain);
    web.set_private_key(certificates_.key);
    web.set_body("the page");
    server_->configure(server);
    connect(*client_, *server_);
    ASSERT_TRUE(server_->becomes(Health::READY));
    ASSERT_TRUE(client_->becomes(Health::READY));
  }
  [[nodiscard]] hoplab::v1::RequestResult request(const std::string& url) const {
    hoplab::v1::RequestSpec spec;
    spec.set_url(url);
    spec.set_obtain_lease(true);
    hoplab::v1::RequestResult result;
    const auto status = client_->stub().Request(within(seconds(20)).get(), spec, &result);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return result;
  }

  Certificates certificates_;
  std::unique_ptr<AgentContainer> client_;
  std::unique_ptr<AgentContainer> server_;
};

TEST_F(Request, PlainAndUnderTls) {
  const auto plain = request("http://192.0.2.2/");
  EXPECT_EQ(plain.exit_code(), 0) << plain.error();
  EXPECT_EQ(plain.http_status(), 200);
  EXPECT_EQ(plain.http_version(), "1.1");
  EXPECT_EQ(plain.body_start(), "the page");
  EXPECT_EQ(plain.remote_address(), "192.0.2.2");
  EXPECT_EQ(plain.remote_port(), 80U);
  EXPECT_EQ(plain.local_address(), "192.0.2.1");
  EXPECT_NE(plain.local_port(), 0U);
  EXPECT_GT(plain.total_us(), 0);
  EXPECT_EQ(plain.tls_us(), 0);
  EXPECT_TRUE(plain.tls_key_log().empty());
  EXPECT_LE(plain.started_ns(), plain.ended_ns());

  const auto secure = request("https://192.0.2.2/");
  EXPECT_EQ(secure.exit_code(), 0) << secure.error();
  EXPECT_EQ(secure.http_status(), 200);
  EXPECT_GT(secure.tls_us(), secure.connect_us());
  EXPECT_NE(secure.tls_key_log().find("CLIENT_"), std::string::npos);
  EXPECT_NE(secure.certificate_subject().find("192.0.2.2"), std::string::npos);
  EXPECT_NE(secure.certificate_issuer().find("test lab CA"), std::string::npos);

  // Any other program trusts the CA too.
  EXPECT_EQ(client_->run("curl -s https://192.0.2.2/").output, "the page");

  const auto nobody = request("http://192.0.2.2:81/");
  EXPECT_EQ(nobody.exit_code(), 7);
  EXPECT_NE(nobody.error().find("192.0.2.2"), std::string::npos) << nobody.error();
}

}  // namespace
}  // namespace hoplab::agenttest
