"""All situations with virtual machines, in the order of docs/stuck.md."""

import stuck_bastion
import stuck_devices
import stuck_installing
import stuck_start

# Short, so that who is silent is soon known to be.
SETTINGS = {"NF_HEARTBEAT_INTERVAL": 10, "NF_AGENT_POLL": 2,
            "NF_BMC_WORKER": "lab"}
# What situations change, as it is else.
USUAL = {**stuck_bastion.pool(*stuck_bastion.POOL), "NF_BOOT_DEADLINE": 1800,
         "NF_BMC": 1}
CASES = (stuck_start.CASES + stuck_bastion.CASES + stuck_installing.CASES
         + stuck_devices.CASES)
