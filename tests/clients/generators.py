"""The generators: how each is run, and what it may print. Anything else that it prints is taken for a warning."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Outcome:
    """A run of a generator: what is wrong with it, sentences, and the folder with what it made."""

    faults: list
    folder: Path


def faults_of(code, output, usual):
    """What is wrong with a run: its exit status, and each line that is not one of the usual ones."""
    faults = [] if code == 0 else [f"ended with {code}"]
    return faults + [line for line in output.splitlines() if line.strip() and not any(re.fullmatch(form, line)
                                                                                      for form in usual)]


def _fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


# ---- openapi-typescript -----------------------------------------------------------------------------------------

TYPESCRIPT_USUAL = (r"✨ openapi-typescript [\d.]+", r"🚀 \S+ → \S+ \[[\d.]+m?s\]")
TSC_FLAGS = ("--noEmit", "--strict", "--target", "es2022", "--moduleResolution", "bundler", "--module", "esnext",
             "--lib", "es2022,dom")


def typescript(toolbox, document, folder):
    """Types, which a program is then held to."""
    _fresh(folder)
    shutil.copy(HERE / "program.ts", folder)
    programs = toolbox.node_modules / ".bin"
    code, output = toolbox.run(programs / "openapi-typescript", document, "--output", folder / "tailrace.d.ts")
    faults = faults_of(code, output, TYPESCRIPT_USUAL)
    if not faults:
        faults = faults_of(*toolbox.run(programs / "tsc", *TSC_FLAGS, "program.ts", cwd=folder), ())
    return Outcome(faults, folder)


# ---- openapi-python-client --------------------------------------------------------------------------------------

PYTHON_USUAL = (r"Generating \S+",)


def python(toolbox, document, folder):
    """A package, `tailrace_client`."""
    _fresh(folder)
    made = toolbox.run(toolbox.programs / "openapi-python-client", "generate", "--meta", "none", "--path", document,
                       "--output-path", folder / "tailrace_client")
    return Outcome(faults_of(*made, PYTHON_USUAL), folder)


# ---- oapi-codegen -----------------------------------------------------------------------------------------------

GO_USUAL = (r"go: downloading \S+ \S+",)  # of the first compilation


def go(toolbox, document, folder):
    """A package, `tailrace`, with a program that is compiled with it."""
    _fresh(folder)
    for name in ("go.mod", "go.sum", "main.go"):
        shutil.copy(HERE / name, folder)
    (folder / "tailrace").mkdir()
    faults = faults_of(*toolbox.run(toolbox.oapi_codegen, "-package", "tailrace", "-generate", "types,client",
                                    "-o", folder / "tailrace/client.go", document), ())
    if not faults:
        faults = faults_of(*toolbox.run("go", "vet", "./...", cwd=folder, timeout=300), GO_USUAL)
    if not faults:
        faults = faults_of(*toolbox.run("go", "build", "-o", "program", ".", cwd=folder, timeout=300), GO_USUAL)
    return Outcome(faults, folder)


# ---- openapi-generator ------------------------------------------------------------------------------------------

VALIDATE_USUAL = (r"Validating spec \(.*\)", "No validation issues detected.")
# It says of every document of OpenAPI 3.1 that its support is not finished. The thanks stand in a box of `#`.
GENERATOR_USUAL = (r"\[main\] INFO .*", r"\[main\] WARN .*Generation using 3\.1\.0 specs is in development .*", r"#.*")


GENERATOR_LANGUAGES = ("java", "kotlin")
# A run of a second: compiling for the long run, and collecting in parallel, would cost half of it again.
JAVA_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def openapi_generator(toolbox, document, folder):
    """The document is valid, and clients are made of it. Its `batch` would make all at once, without showing
    warnings."""
    _fresh(folder)
    command = (toolbox.java, *JAVA_FLAGS, "-jar", toolbox.generator)
    faults = faults_of(*toolbox.run(*command, "validate", "-i", document), VALIDATE_USUAL)
    for language in () if faults else GENERATOR_LANGUAGES:
        made = toolbox.run(*command, "generate", "-i", document, "-g", language, "-o", folder / language)
        faults += [f"{language}: {fault}" for fault in faults_of(*made, GENERATOR_USUAL)]
    return Outcome(faults, folder)


ALL = {
    "openapi-typescript": typescript,
    "openapi-python-client": python,
    "oapi-codegen": go,
    "openapi-generator": openapi_generator,
}
