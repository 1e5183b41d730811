/* Attached to the tracepoint skb:kfree_skb while a journey is recorded: tells of each packet that a
 * node's kernel throws away, and why. Only of namespaces that user space put into `networks`.
 * Fields are found by BTF relocation, so that one object fits every kernel that tells a reason
 * (Linux 5.17 and later). The kernel lends some of these helpers only to programs under its own
 * license, so this one file may be had under GPL-2.0 as well. */
/* The helpers need the kernel's types first. */
// clang-format off
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
// clang-format on

#include "controller/drops/kfree_skb.h"

#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ETH_P_IPV6 0x86dd
#define NOT_DROPPED_YET 0
#define CONSUMED 1
#define DST_NOREF 1UL
#define HEADER_UNSET 0xffff

/* The parts of kernel structures that are read, found by name on the running kernel. */
#define KERNEL __attribute__((preserve_access_index))
struct ns_common {
  unsigned int inum;
} KERNEL;
struct net {
  struct ns_common ns;
} KERNEL;
typedef struct {
  struct net* net;
} possible_net_t;
struct net_device {
  char name[16];
  possible_net_t nd_net;
} KERNEL;
struct dst_entry {
  struct net_device* dev;
} KERNEL;
struct sock_common {
  possible_net_t skc_net;
} KERNEL;
struct sock {
  struct sock_common __sk_common;
} KERNEL;
struct sk_buff {
  struct net_device* dev;
  struct sock* sk;
  unsigned long _skb_refdst;
  unsigned int len;
  __be16 protocol;
  __u16 network_header;
  unsigned int tail;
  unsigned char* head;
  unsigned char* data;
} KERNEL;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, HOPLAB_DROP_NAMESPACES);
  __type(key, __u32);
  __type(value, __u8);
} networks SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 20);
} drops SEC(".maps");

__u64 lost = 0; /* there was no room in the ring */

static __always_inline __u32 network_of(const struct net_device* device) {
  return device ? BPF_CORE_READ(device, nd_net.net, ns.inum) : 0;
}

static __always_inline bool wanted(__u32 network) {
  return network != 0 && bpf_map_lookup_elem(&networks, &network) != NULL;
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(on_kfree_skb, struct sk_buff* skb, void* location, unsigned int reason) {
  if (reason == NOT_DROPPED_YET || reason == CONSUMED) return 0;
  __u16 protocol = bpf_ntohs(BPF_CORE_READ(skb, protocol));
  if (protocol != ETH_P_IP && protocol != ETH_P_ARP && protocol != ETH_P_IPV6) return 0;

  /* A packet of this node's own has no device before it is routed out; in a socket's queue the
   * field holds something else, which is then no namespace of ours. */
  const struct net_device* device = BPF_CORE_READ(skb, dev);
  __u32 network = network_of(device);
  if (!wanted(network)) {
    const struct dst_entry* route =
        (const struct dst_entry*)(BPF_CORE_READ(skb, _skb_refdst) & ~DST_NOREF);
    device = route ? BPF_CORE_READ(route, dev) : NULL;
    network = network_of(device);
  }
  if (!wanted(network)) {
    const struct sock* sk = BPF_CORE_READ(skb, sk);
    device = NULL;
    network = sk ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) : 0;
  }
  if (!wanted(network)) return 0;

  struct hoplab_drop* drop = bpf_ringbuf_reserve(&drops, sizeof *drop, 0);
  if (!drop) {
    __sync_fetch_and_add(&lost, 1);
    return 0;
  }
  drop->time_ns = bpf_ktime_get_ns();
  drop->network = network;
  drop->reason = reason;
  drop->protocol = protocol;
  drop->device[0] = 0;
  if (device) bpf_probe_read_kernel_str(drop->device, sizeof drop->device, device->name);
  drop->location[0] = 0;
  BPF_SNPRINTF(drop->location, sizeof drop->location, "%ps", location);

  const unsigned char* head = BPF_CORE_READ(skb, head);
  __u32 offset = BPF_CORE_READ(skb, network_header);
  __u32 data = (__u32)(BPF_CORE_READ(skb, data) - head);
  if (offset == HEADER_UNSET) offset = data;
  __u32 tail = BPF_CORE_READ(skb, tail);
  __u32 linear = tail > offset ? tail - offset : 0;
  drop->length = BPF_CORE_READ(skb, len) + data - offset;
  if (linear > HOPLAB_DROP_HEAD) linear = HOPLAB_DROP_HEAD;
  drop->head_length = 0;
  if (linear > 0 && bpf_probe_read_kernel(drop->head, linear, head + offset) == 0)
    drop->head_length = linear;
  bpf_ringbuf_submit(drop, 0);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
