"""How others ask: builds, the command line, and the HTTP server around killable query workers.

`create_app` in `app.py` makes the web application; `main` in `cli.py` is the `cami` program.
"""

VERSION = "0.2.0"  # here too, since the metadata of packages are slow to read
