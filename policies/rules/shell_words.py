"""Lines of scripts and settings as far as the rules read them: comments, variables, commands.

No shell is rebuilt here. In a URL a variable counts where the same text gives it one literal value;
what a machine fills in later stays visible as `$…`, and is judged as unknown. Programs are taken to
be called with every literal value that the text gives a variable, wherever it does.
"""

import re
from collections.abc import Iterator, Mapping

_ASSIGNED = re.compile(
    r"""^\s*(?:export\s+|readonly\s+|local\s+|declare\s+(?:-\w+\s+)*)?([A-Za-z_]\w*)="""
    r"""("[^"$`]*"|'[^']*'|[^\s"'$`;&|]*)\s*(?:;|$)""",
    re.MULTILINE,
)
# Wherever a shell, a unit, a file of an environment or a Dockerfile gives a variable a value; what
# stands behind the equals sign is looked at and not taken, since another one may begin in it.
_GIVEN = re.compile(
    r"""(?:^|(?<=[\s;&|({"'=]))([A-Za-z_]\w*)[:?]?=(?=("[^"$`]*"|'[^']*'|[^\s"'$`;&|)}]*))""",
    re.MULTILINE,
)
_DEFAULT = re.compile(r"\$\{([A-Za-z_]\w*):?[-=]([^}$`]*)\}")  # ${HOST:-this}
_MOST_VALUES = 20  # of one variable
_USED = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_BETWEEN = re.compile(r"&&|\|\||[;|&`)]|\$\(|(?<![\w$])[({]")
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")


def words_of(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


# What may stand before a command and is none itself.
_BEFORE = words_of(
    "sudo env exec timeout nice nohup time command builtin if then else elif while until do ! "
    "eval xargs busybox RUN ExecStart ExecStartPre"
)
_SETTING = re.compile(r"[A-Za-z_]\w*=")
_OF_BEFORE = re.compile(r"-.*|\d+[smhd]?")  # their options, and how long
_AS_WHOM = words_of("-u -g -U --user --group")  # of sudo: somebody follows
# Of a line of cron: when, and behind it perhaps as whom.
_WHEN = re.compile(r"[\d*/,A-Za-z-]*[\d*][\d*/,A-Za-z-]*")
_WHENEVER = re.compile(r"@(?:reboot|hourly|daily|weekly|monthly|yearly|annually|midnight)")
_SILENT = ("Documentation=",)  # of systemd units: for people


def code_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with its number, without comments; one that a backslash continues, as one."""
    before, began = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        code = before + _without_comment(line)
        began = began if before else number
        if code.endswith("\\"):
            before = code[:-1]
            continue
        before = ""
        if code.strip() and not code.lstrip().startswith(_SILENT):
            yield began, code
    if before.strip():
        yield began, before


def variables(text: str) -> dict[str, str]:
    """The variables that have one literal value in the whole text."""
    found: dict[str, set[str]] = {}
    if "$" in text:
        for name, value in _ASSIGNED.findall(text):
            found.setdefault(name, set()).add(value.strip("\"'"))
    return {name: values.pop() for name, values in found.items() if len(values) == 1}


def given_values(text: str) -> dict[str, tuple[str, ...]]:
    """Every literal value with a dot in it that a text gives a variable."""
    found: dict[str, dict[str, None]] = {}
    if "$" in text:
        for name, value in (*_GIVEN.findall(text), *_DEFAULT.findall(text)):
            if "." in value:
                found.setdefault(name, {})[value.strip("\"'")] = None
    return {name: tuple(values)[:_MOST_VALUES] for name, values in found.items()}


def fillings(words: list[str], given: Mapping[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """A command once for each value of each variable in its words: its name, the word before, which
    may say what follows, and the word with the value."""
    for before, word in zip(["", *words[1:]], words[1:], strict=False):
        plain = _DEFAULT.sub(r"${\1}", word) if "$" in word else ""
        for name in dict.fromkeys(match[1] or match[2] for match in _USED.finditer(plain)):
            for value in given.get(name, ()):
                yield [words[0], before, filled(plain, {name: value})]


def filled(word: str, known: Mapping[str, str]) -> str:
    """A word with the known variables in it filled in."""
    return _USED.sub(lambda m: known.get(m[1] or m[2], m[0]), word) if "$" in word else word


def _without_comment(line: str) -> str:
    if "#" not in line:
        return line
    bare = line.lstrip()
    if bare.startswith("#"):
        return ""
    quote = ""
    for index, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "#" and line[index - 1].isspace():
            return line[:index]
    return line


def commands(line: str) -> Iterator[list[str]]:
    """The simple commands of a line, each as words without quotes, from the program's name on. What
    is quoted as a whole may be a command too, of `sh -c` or of a line of cron."""
    for part in _BETWEEN.split(line):
        words = [word.replace('"', "").replace("'", "") for word in _WORD.findall(part)]
        for begun in (words, *_timed(words)):
            yield from _command(begun)
        for quoted in words:
            if " " in quoted:
                yield from commands(quoted)


def _command(words: list[str]) -> Iterator[list[str]]:
    while words and _is_before(words[0]):
        name, equals, value = words[0].partition("=")
        # The program of a unit stands behind the equals sign.
        if equals and name in _BEFORE:
            words = [value.lstrip("-@+!"), *words[1:]]
        else:
            words = words[2 if words[0] in _AS_WHOM else 1 :]
    if words:
        yield [words[0].rsplit("/", 1)[-1], *words[1:]]


def _timed(words: list[str]) -> Iterator[list[str]]:
    """What cron starts by a line, with and without the user that it is started as."""
    first = 1 if words and _WHENEVER.fullmatch(words[0]) else 5
    if len(words) > first and (first == 1 or all(_WHEN.fullmatch(word) for word in words[:5])):
        yield from (words[first:], words[first + 1 :])


def _is_before(word: str) -> bool:
    return bool(word in _BEFORE or _SETTING.match(word) or _OF_BEFORE.fullmatch(word))
