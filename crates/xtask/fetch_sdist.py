"""Fetches the archive with a package's sources, and checks that it is the one we know.

    fetch_sdist.py PACKAGE VERSION SHA256 FILE

`pip download` would run the package's own setup.py to ask what it is called. Here pip only looks for the archive and
fetches it, from wherever and with whatever certificates, proxies and passwords it is configured for. That is inside of
pip and may change with every version, so this runs with a pip of its own.
"""

import hashlib
import sys
from pathlib import Path

from pip._internal.commands import create_command

package, version, sha256, file = sys.argv[1:]

command = create_command("download")
options, _ = command.parse_args([package])
with command.main_context():
    session = command.get_default_session(options)
    finder = command._build_package_finder(options, session)
    candidates = finder.find_all_candidates(package)
    links = [found.link for found in candidates if str(found.version) == version and not found.link.is_wheel]
    if not links:
        sys.exit(f"there are no sources of {package} {version}")
    answer = session.get(links[0].url_without_fragment)
    answer.raise_for_status()

found = hashlib.sha256(answer.content).hexdigest()
if found != sha256:
    sys.exit(f"the sources of {package} {version} are not those we know: their SHA-256 is {found}")
Path(file).write_bytes(answer.content)
