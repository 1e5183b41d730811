#!/bin/sh
# PID 1 of a user-mode Linux whose root is the host's, read-only: loads what the tests need, runs the
# program named in TEST_PROGRAM with the filter in TEST_FILTER, says how it ended, and halts.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
modules=/usr/lib/uml/modules/$(uname -r)/kernel
for module in lib/crc-ccitt net/ipv6/ipv6 net/llc/llc net/802/stp net/bridge/bridge drivers/net/veth net/packet/af_packet \
  net/sched/sch_netem net/sched/sch_ingress net/sched/cls_u32 net/sched/act_mirred; do
  [ -e "$modules/$module.ko" ] && insmod "$modules/$module.ko"
done
"$TEST_PROGRAM" --gtest_color=no --gtest_filter="$TEST_FILTER"
echo "TEST ENDED WITH $?"
echo o > /proc/sysrq-trigger 2>/dev/null
halt -f -p 2>/dev/null || reboot -f -p
