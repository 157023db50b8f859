"""What `import headroom_agents` costs a program that only asks whether it is there."""

import subprocess
import sys


def test_the_import_loads_no_server_and_no_client() -> None:
    code = "import sys, headroom_agents; print(*sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert not {"starlette", "httpx", "uvicorn", "mcp", "numpy"} & set(printed.stdout.split())
