"""All situations with virtual machines, in the order of docs/stuck.md."""

import stuck_start

# Short, so that who is silent is soon known to be.
SETTINGS = {"NF_HEARTBEAT_INTERVAL": 10, "NF_AGENT_POLL": 2,
            "NF_BMC_WORKER": "lab"}
CASES = stuck_start.CASES
