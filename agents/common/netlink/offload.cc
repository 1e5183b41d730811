#include <fmt/core.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>

#include "agents/common/netlink/netlink.h"

namespace hoplab::netlink {
namespace {

struct Feature {
  uint32_t get;
  uint32_t set;
  const char* name;
};
// In this order when switching off: segmentation needs scatter-gather and checksums.
constexpr std::array kFeatures{
    Feature{ETHTOOL_GTSO, ETHTOOL_STSO, "TSO"},
    Feature{ETHTOOL_GGSO, ETHTOOL_SGSO, "GSO"},
    Feature{ETHTOOL_GGRO, ETHTOOL_SGRO, "GRO"},
    Feature{ETHTOOL_GSG, ETHTOOL_SSG, "scatter-gather"},
    Feature{ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM, "transmit checksum"},
    Feature{ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM, "receive checksum"},
};

}  // namespace

Result<bool> Netlink::set_offload(std::string_view name, bool on) const {
  ifreq request{};
  if (name.size() >= sizeof(request.ifr_name)) {
    return fail(ErrorKind::kInvalid, fmt::format("'{}' is not an interface name", name));
  }
  name.copy(request.ifr_name, name.size());
  ethtool_value value{};
  request.ifr_data = reinterpret_cast<char*>(&value);
  bool changed = false;
  const size_t count = kFeatures.size();
  for (size_t i = 0; i < count; ++i) {
    const Feature& feature = kFeatures[on ? count - 1 - i : i];
    value = {feature.get, 0};
    if (::ioctl(ioctl_.get(), SIOCETHTOOL, &request) != 0) {
      if (errno == EOPNOTSUPP) continue;  // the device has no such thing
      return fail(errno == ENODEV ? ErrorKind::kNotFound : ErrorKind::kInternal,
                  fmt::format("read {} of {}: {}", feature.name, name, std::strerror(errno)));
    }
    if ((value.data != 0) == on) continue;
    value = {feature.set, on ? 1U : 0U};
    if (::ioctl(ioctl_.get(), SIOCETHTOOL, &request) == 0) {
      changed = true;
    } else if (errno != EOPNOTSUPP) {
      return fail_errno(fmt::format("set {} of {}", feature.name, name), errno);
    }
  }
  return changed;
}

}  // namespace hoplab::netlink
