#include "tests/traffic/traffic.h"

#include <fmt/format.h>

namespace hoplab::traffic {
namespace {

constexpr uint8_t kFin = 1;
constexpr uint8_t kSyn = 2;
constexpr uint8_t kPsh = 8;
constexpr uint8_t kAck = 16;
constexpr uint16_t kClientPort = 40000;
constexpr uint16_t kServerPort = 80;
constexpr uint64_t kSentAgainAfter = 500;  // segments

void put(std::string& out, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 255U));
}

// Link l lies between node l and node l + 1 of the chain.
uint32_t address(uint32_t link, bool far_end) {
  return 0x0a000000U | link << 8U | (far_end ? 2U : 1U);
}
uint64_t mac(uint32_t node, uint32_t interface) {
  return 0x020000000000ULL | static_cast<uint64_t>(node) << 8U | interface;
}
std::string mac_text(uint64_t m) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", m >> 40U & 255U, m >> 32U & 255U,
                     m >> 24U & 255U, m >> 16U & 255U, m >> 8U & 255U, m & 255U);
}
std::string address_text(uint32_t a) {
  return fmt::format("{}.{}.{}.{}", a >> 24U, a >> 16U & 255U, a >> 8U & 255U, a & 255U);
}

uint32_t far_interface(uint32_t node) { return node == 0 ? 0 : 1; }  // towards the server
std::string interface_name(uint32_t interface) { return fmt::format("eth{}", interface); }

std::string datagram(bool back, uint32_t links, uint16_t id, uint8_t flags, uint32_t sequence,
                     uint32_t acknowledgement, const std::string& payload) {
  std::string f(14, '\0');
  f[12] = 8;
  put(f, 0x4500, 2);
  put(f, 40 + payload.size(), 2);
  put(f, id, 2);
  put(f, 0x4000, 2);
  put(f, 64, 1);
  put(f, 6, 1);
  put(f, 0, 2);
  const uint32_t client = address(0, false);
  const uint32_t server = address(links - 1, true);
  put(f, back ? server : client, 4);
  put(f, back ? client : server, 4);
  put(f, back ? kServerPort : kClientPort, 2);
  put(f, back ? kClientPort : kServerPort, 2);
  put(f, sequence, 4);
  put(f, acknowledgement, 4);
  put(f, 0x50, 1);
  put(f, flags, 1);
  put(f, 64240, 2);
  put(f, 0, 4);
  return f + payload;
}

void set_mac(std::string& frame, size_t at, uint64_t value) {
  for (size_t i = 0; i < 6; ++i) frame[at + i] = static_cast<char>(value >> (8 * (5 - i)) & 255U);
}

void add_routes(uint32_t node, uint32_t links, v1::NodeState& state) {
  for (uint32_t link = 0; link < links; ++link) {
    v1::Route& route = *state.add_routes();
    route.set_prefix(address_text(address(link, false) & ~3U) + "/30");
    route.set_kind("unicast");
    v1::NextHop& hop = *route.add_next_hops();
    const bool further = link >= node;
    hop.set_interface(interface_name(further ? far_interface(node) : 0));
    if (link == node || link + 1 == node) {
      route.set_protocol("kernel");
    } else {
      route.set_protocol("ospf");
      route.set_metric(20);
      hop.set_via(address_text(further ? address(node, true) : address(node - 1, false)));
    }
  }
}

}  // namespace

v1::Bundle chain_lab(const TrafficShape& shape) {
  v1::Bundle bundle;
  bundle.set_lab("chain");
  bundle.set_client("client");
  bundle.set_url("http://server/");
  const auto routers = static_cast<uint32_t>(shape.routers);
  const auto name = [&](uint32_t node) {
    return node == 0 ? "client" : node > routers ? "server" : fmt::format("r{}", node);
  };
  for (uint32_t node = 0; node <= routers + 1; ++node) {
    v1::NodeSpec& spec = *bundle.add_specs();
    spec.set_node(name(node));
    v1::JourneyNode& entry = *bundle.add_nodes();
    entry.set_name(name(node));
    entry.set_role(node == 0 ? v1::CLIENT : node > routers ? v1::WEB_SERVER : v1::ROUTER);
    v1::NodeCapture& capture = *bundle.add_captures();
    capture.set_node(name(node));
    add_routes(node, routers + 1, *capture.mutable_before());
    add_routes(node, routers + 1, *capture.mutable_after());
    const auto add = [&](uint32_t interface, uint32_t peer, uint32_t peer_interface,
                         uint32_t own_address) {
      auto& i = *spec.add_interfaces();
      i.set_name(interface_name(interface));
      i.set_mac(mac_text(mac(node, interface)));
      i.set_peer_node(name(peer));
      i.set_peer_interface(interface_name(peer_interface));
      i.add_addresses(address_text(own_address) + "/30");
      capture.add_interfaces(interface_name(interface));
    };
    if (node > 0) add(0, node - 1, far_interface(node - 1), address(node - 1, true));
    if (node <= routers) add(far_interface(node), node + 1, 0, address(node, false));
  }
  return bundle;
}

Traffic::Traffic(const TrafficShape& shape) : shape_(shape), data_(shape.payload, '\0') {
  for (size_t i = 0; i < data_.size(); ++i) data_[i] = static_cast<char>(i * 131 + 7);
  begin();
}

void Traffic::send(int64_t time, const Segment& s) {
  Flight flight;
  flight.time = time;
  flight.order = packets_++;
  flight.back = s.back;
  flight.slow = s.slow;
  flight.until =
      s.lost ? frames_of_packet() / 2 - 1 + frames_of_packet() / 2 % 2 : frames_of_packet();
  flight.bytes = datagram(s.back, frames_of_packet() / 2, ip_id_++, s.flags, s.sequence,
                          s.acknowledgement, s.payload);
  made_ += flight.until;
  flights_.push(std::move(flight));
}

void Traffic::begin() {
  const int64_t crossing = shape_.hop_ns * frames_of_packet() + 20'000;
  send(clock_, {.flags = kSyn, .sequence = 0});
  send(clock_ += crossing,
       {.back = true, .flags = kSyn | kAck, .sequence = 0, .acknowledgement = 1});
  send(clock_ += crossing, {.flags = kAck, .sequence = 1, .acknowledgement = 1});
  const std::string get = "GET / HTTP/1.1\r\nHost: server\r\n\r\n";
  send(clock_ += 1000, {.flags = kPsh | kAck, .sequence = 1, .acknowledgement = 1, .payload = get});
  clock_ += crossing;
}

void Traffic::go_on() {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n";
  Segment s{.back = true,
            .flags = kAck,
            .sequence = sequence_,
            .acknowledgement = 34,
            .payload = segments_ == 0 ? head : data_};
  // Scrambled, so that losses do not come in step with anything.
  const uint64_t dice = (segments_ * 0x9e3779b97f4a7c15ULL) >> 33U;
  if (segments_ > 0 && dice % 10'000 < shape_.lost_of_10000) {
    s.lost = true;
    lost_.push_back(sequence_);
  }
  s.slow = segments_ == 1000;
  sequence_ += static_cast<uint32_t>(s.payload.size());
  send(clock_, s);
  if (++segments_ % 2 == 0) {
    send(clock_ + shape_.hop_ns * frames_of_packet(),
         {.flags = kAck, .sequence = 34, .acknowledgement = sequence_});
  }
  if (segments_ % kSentAgainAfter == 0) send_lost_again();
  clock_ += shape_.gap_ns;
}

void Traffic::send_lost_again() {
  for (const uint32_t sequence : lost_) {
    send(clock_ += shape_.gap_ns, {.back = true,
                                   .flags = kAck,
                                   .sequence = sequence,
                                   .acknowledgement = 34,
                                   .payload = data_});
  }
  lost_.clear();
}

void Traffic::finish() {
  finished_ = true;
  send_lost_again();
  const int64_t crossing = shape_.hop_ns * frames_of_packet() + 20'000;
  send(clock_ += crossing, {.flags = kFin | kAck, .sequence = 34, .acknowledgement = sequence_});
  send(clock_ += crossing,
       {.back = true, .flags = kFin | kAck, .sequence = sequence_, .acknowledgement = 35});
  send(clock_ += crossing, {.flags = kAck, .sequence = 35, .acknowledgement = sequence_ + 1});
}

bool Traffic::next(Made& frame) {
  // Whatever is sent later is sent after clock_, so all flights before it are in order.
  while (!finished_ && (flights_.empty() || flights_.top().time >= clock_)) {
    made_ < shape_.frames ? go_on() : finish();
  }
  if (flights_.empty()) return false;
  Flight flight = flights_.top();
  flights_.pop();
  const uint32_t links = frames_of_packet() / 2;
  const uint32_t crossed = flight.step / 2;
  const uint32_t link = flight.back ? links - 1 - crossed : crossed;
  frame.out = flight.step % 2 == 0;
  const bool near_end = frame.out != flight.back;  // the end of the link towards the client
  frame.node = near_end ? link : link + 1;
  frame.interface = near_end ? far_interface(link) : 0;
  frame.time_ns = flight.time;
  std::string& kept = kept_.emplace_back(flight.bytes);
  const uint64_t a = mac(link, far_interface(link));
  const uint64_t b = mac(link + 1, 0);
  set_mac(kept, 0, flight.back ? a : b);
  set_mac(kept, 6, flight.back ? b : a);
  kept[22] = static_cast<char>(64 - crossed);
  frame.bytes = &kept;
  flight.time += shape_.hop_ns + (flight.slow && flight.step == 0 ? shape_.slow_ns : 0);
  if (++flight.step < flight.until) flights_.push(std::move(flight));
  return true;
}

void Traffic::forget(uint64_t frames) {
  for (; forgotten_ < frames && !kept_.empty(); ++forgotten_) kept_.pop_front();
}

v1::Bundle chain_bundle(const TrafficShape& shape) {
  v1::Bundle bundle = chain_lab(shape);
  Traffic traffic(shape);
  Made made;
  int64_t last = 0;
  uint64_t frames = 0;
  while (traffic.next(made)) {
    v1::Frame& f = *bundle.mutable_captures(static_cast<int>(made.node))->add_frames();
    f.set_interface(made.interface);
    f.set_direction(made.out ? v1::Frame::OUT : v1::Frame::IN);
    f.set_time_ns(last = made.time_ns);
    f.set_length(static_cast<uint32_t>(made.bytes->size()));
    f.set_data(*made.bytes);
    traffic.forget(++frames);
  }
  bundle.set_started_ns(1'000'000'000 - 1'000'000);
  bundle.set_ended_ns(last + 1'000'000);
  bundle.mutable_result()->set_http_status(200);
  return bundle;
}

}  // namespace hoplab::traffic
