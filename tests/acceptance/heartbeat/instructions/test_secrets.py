"""What is loaded to mask secrets."""

from __future__ import annotations

import subprocess
import sys


def test_the_detectors_are_loaded_only_by_masking() -> None:
    code = "import sys, heartbeat.instructions; sys.exit('detect_secrets' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
