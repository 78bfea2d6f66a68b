"""Builds that differ in two labels, for tests in which one replaces the other."""

import hashlib
import json
import shutil
from pathlib import Path

import pyoxigraph as ox

from cami.server.builds import Build, write_store_digests


def small(build: Build, out: Path) -> str:
    """Add a build to a folder that holds only what is said of two regions; return its name."""
    folder = out / ".variant"
    (folder / "store").mkdir(parents=True)
    for name in ("manifest.json", "things.json", "names.json", "properties.json", "void.ttl"):
        shutil.copy(build.folder / name, folder / name)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {"void.ttl": manifest["files"]["void.ttl"]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    lines = build.nquads.read_text(encoding="utf-8").splitlines(keepends=True)
    about = ("/id/region/altai>", "/id/region/gobi>")
    return finish(folder, "".join(line for line in lines if any(one in line for one in about)))


def variant(build: Build, out: Path, mark: str) -> str:
    """Add a build to a folder in which two labels differ; return its name."""
    folder = out / ".variant"
    shutil.copytree(build.folder, folder)
    text = build.nquads.read_text(encoding="utf-8")
    for label in ("Altai", "Gobi"):
        assert f'"{label}"@en' in text
        text = text.replace(f'"{label}"@en', f'"{label} {mark}"@en')
    return finish(folder, text)


def finish(folder: Path, content: str) -> str:
    """Write dump, store and manifest of a variant as `cami build` does, and give it its name."""
    data = content.encode()
    (folder / "cami.nq").write_bytes(data)
    shutil.rmtree(folder / "store")
    store = ox.Store(str(folder / "store"))
    store.bulk_load(data, format=ox.RdfFormat.N_QUADS)
    store.flush()
    del store
    write_store_digests(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    digest = hashlib.sha256(data).hexdigest()
    manifest["digest"] = digest
    manifest["files"]["cami.nq"] = {"bytes": len(data), "sha256": digest}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    name = f"{manifest['version']}-{digest[:12]}"
    folder.rename(folder.parent / name)
    return name
