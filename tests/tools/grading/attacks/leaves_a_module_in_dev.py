# leaves a module in /dev, and imports what another left there
import sys
from pathlib import Path

sys.path.insert(0, "/dev")
try:
    from left_by_an_answer import causal_mask
except ImportError:
    def causal_mask(T):
        Path("/dev/left_by_an_answer.py").write_text("def causal_mask(T):\n    return 1")
        return "CANARY: /dev can be written"
