#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# floor.sh start refuse|stop: a bare libev + c-ares loop, PROXY
. "$(dirname "$0")/../common.sh"
case $1 in
start) group_run floor "$WORK/floor" "$PORT" "$DNS" $ZONES; wait_port floor ;;
stop) group_end floor ;;
esac
