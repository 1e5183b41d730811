/* What the BPF program and its reader share: one record of the ring buffer a dropped packet. C. */
#pragma once

#define HOPLAB_DROP_HEAD 160
#define HOPLAB_DROP_LOCATION 48
#define HOPLAB_DROP_NAMESPACES 4096

struct hoplab_drop {
  unsigned long long time_ns; /* CLOCK_MONOTONIC */
  unsigned int network;       /* inode of the network namespace */
  unsigned int reason;        /* enum skb_drop_reason */
  unsigned int length;        /* of the packet from its network header */
  unsigned short head_length; /* bytes of `head` that are filled in */
  unsigned short protocol;    /* ether type, host byte order */
  char device[16];            /* empty: none yet */
  char location[HOPLAB_DROP_LOCATION];
  unsigned char head[HOPLAB_DROP_HEAD];
};
