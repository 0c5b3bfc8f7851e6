"""What hypothesis tries: values that are right, and values that want to be something else."""

from hypothesis import strategies as st

HOSTILE = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "yes",
            "y",
            "null",
            "~",
            "1e3",
            "0x1f",
            "1:30",
            "012",
            "2024-01-01",
            ".inf",
            "=",
            "<<",
            "-",
            "- a",
            "a: b",
            "# a",
            "&a",
            "*a",
            "!a",
            "%a",
            "@a",
            "`id`",
            "$(id)",
            "${HOME}",
            "a'b",
            'a"b',
            "a\\b",
            "a\nb",
            "a\r\nb",
            "a\n--b",
            "a\tb",
            "a\x00b",
            "a\x7fb",
            "a\x85b",
            "\u2028",
            "閉域",
            "🦊",
            "\ud800",
            "{{EC2PrivateDNSName}}",
            "a;id",
            "a,b=c",
        ]
    ),
    st.text(max_size=40),
)

LABEL_VALUES = st.from_regex(r"\A(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?\Z")
LABEL_KEYS = st.builds(
    lambda prefix, name: f"{prefix}/{name}" if prefix else name,
    st.sampled_from(["", "example.com", "a.b-c.d", "1e3", "node.kubernetes.io"]),
    st.from_regex(r"\A[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?\Z"),
)
LABELS = st.dictionaries(LABEL_KEYS, LABEL_VALUES, max_size=5)
