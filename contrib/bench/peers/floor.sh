#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# floor.sh start|stop: a bare libev + c-ares loop (port 2595)
. "$(dirname "$0")/../common.sh"
case $1 in
start) group_run floor "$WORK/floor" 2595 "$DNS" $ZONES; wait_port 2595 ;;
stop) group_end floor ;;
esac
