#include "agents/common/link_emulation/traffic_control.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>

namespace hoplab::link_emulation {
namespace {

using netlink::Answer;
using netlink::Message;
using netlink::Netlink;

constexpr uint32_t kPriority = 0x686f;  // of our filters
constexpr uint32_t kNetemHandle = 0x68700000;
constexpr uint32_t kNetemLimit = 65536;  // frames held at once
constexpr int kNetemPrngSeed = 14;       // TCA_NETEM_PRNG_SEED, Linux 6.6; ignored before

tcmsg hook_header(int index) {
  tcmsg header{};
  header.tcm_ifindex = index;
  header.tcm_parent = TC_H_CLSACT;
  header.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  return header;
}

tcmsg filter_header(int index) {
  tcmsg header{};
  header.tcm_ifindex = index;
  header.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS);
  header.tcm_info = TC_H_MAKE(kPriority << 16U, htons(ETH_P_ALL));
  return header;
}

}  // namespace

Result<bool> add_hook(const Netlink& netlink, int index) {
  Message request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL);
  request.header(hook_header(index)).put_string(TCA_KIND, "clsact");
  const Answer answer = netlink.socket().execute(request);
  if (answer.error == EEXIST) return false;
  if (!answer.ok()) return answer.failed(fmt::format("add filter hook to interface {}", index));
  return true;
}

Result<bool> remove_hook(const Netlink& netlink, int index) {
  Message request(RTM_DELQDISC, 0);
  request.header(hook_header(index));
  const Answer answer = netlink.socket().execute(request);
  if (answer.error == ENOENT || answer.error == EINVAL || answer.error == ENODEV) return false;
  if (!answer.ok()) return answer.failed(fmt::format("remove filter hook of interface {}", index));
  return true;
}

Status add_redirect(const Netlink& netlink, int index, int target_index) {
  tc_u32_sel selector{};
  selector.flags = TC_U32_TERMINAL;
  selector.nkeys = 1;
  // The selector and, behind it, its key: mask and value zero, which any frame matches.
  std::array<uint8_t, sizeof(tc_u32_sel) + sizeof(tc_u32_key)> match{};
  std::memcpy(match.data(), &selector, sizeof(selector));
  tc_mirred mirred{};
  mirred.action = TC_ACT_STOLEN;
  mirred.eaction = TCA_EGRESS_REDIR;
  mirred.ifindex = static_cast<uint32_t>(target_index);
  Message request(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL);
  request.header(filter_header(index)).put_string(TCA_KIND, "u32");
  request.nest(TCA_OPTIONS, [&](Message& options) {
    options.put(TCA_U32_SEL, match);
    options.nest(TCA_U32_ACT, [&](Message& actions) {
      actions.nest(1, [&](Message& action) {
        action.put_string(TCA_ACT_KIND, "mirred");
        action.nest(TCA_ACT_OPTIONS, [&](Message& m) { m.put(TCA_MIRRED_PARMS, mirred); });
      });
    });
  });
  const Answer answer = netlink.socket().execute(request);
  if (!answer.ok()) return answer.failed(fmt::format("lead frames away from interface {}", index));
  return {};
}

Result<bool> remove_filter(const Netlink& netlink, int index) {
  Message request(RTM_DELTFILTER, 0);
  request.header(filter_header(index)).put_string(TCA_KIND, "u32");
  const Answer answer = netlink.socket().execute(request);
  if (answer.error == ENOENT || answer.error == EINVAL || answer.error == ENODEV) return false;
  if (!answer.ok()) return answer.failed(fmt::format("remove filter of interface {}", index));
  return true;
}

Status put_netem(const Netlink& netlink, int index, const Impairment& impairment, bool change) {
  tcmsg header{};
  header.tcm_ifindex = index;
  header.tcm_parent = TC_H_ROOT;
  header.tcm_handle = kNetemHandle;
  tc_netem_qopt options{};
  options.limit = kNetemLimit;
  const Loss loss = impairment.loss.value_or(Loss{});
  const Delay delay = impairment.delay.value_or(Delay{});
  options.loss = static_cast<uint32_t>(
      std::llround(loss.percent / 100 * std::numeric_limits<uint32_t>::max()));
  const auto nanoseconds = [](std::chrono::microseconds us) { return int64_t{us.count()} * 1000; };

  // The nested attributes follow the structure inside the same attribute: built apart, put as
  // bytes.
  Message nested(0, 0);
  nested.header(options);
  nested.put(TCA_NETEM_LATENCY64, nanoseconds(delay.delay));
  nested.put(TCA_NETEM_JITTER64, nanoseconds(delay.jitter));
  nested.put(kNetemPrngSeed, loss.seed);
  if (delay.jitter.count() > 0) {
    // With a rate, however high, netem keeps the order of frames.
    tc_netem_rate rate{};
    rate.rate = std::numeric_limits<uint32_t>::max();
    nested.put(TCA_NETEM_RATE, rate);
  }
  const auto* start = static_cast<const uint8_t*>(NLMSG_DATA(nested.raw()));
  Message request(RTM_NEWQDISC, change ? NLM_F_REPLACE : NLM_F_CREATE | NLM_F_EXCL);
  request.header(header).put_string(TCA_KIND, "netem");
  request.put_bytes(TCA_OPTIONS, {start, NLMSG_PAYLOAD(nested.raw(), 0)});
  const Answer answer = netlink.socket().execute(request);
  if (answer.error == ENOENT && !change) {
    return fail(ErrorKind::kEnvironment, "this kernel has no netem");
  }
  if (!answer.ok()) return answer.failed(fmt::format("put netem on interface {}", index));
  return {};
}

Result<bool> remove_netem(const Netlink& netlink, int index) {
  tcmsg header{};
  header.tcm_ifindex = index;
  header.tcm_parent = TC_H_ROOT;
  header.tcm_handle = kNetemHandle;
  Message request(RTM_DELQDISC, 0);
  request.header(header);
  const Answer answer = netlink.socket().execute(request);
  if (answer.error == ENOENT || answer.error == EINVAL || answer.error == ENODEV) return false;
  if (!answer.ok()) return answer.failed(fmt::format("remove netem from interface {}", index));
  return true;
}

}  // namespace hoplab::link_emulation
