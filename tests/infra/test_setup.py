"""How the set-up reaches the network."""

import pytest

from infra import setup


@pytest.mark.parametrize(
    ("proxy", "direct", "options"),
    [
        (None, None, []),
        ("http://proxy.example:3128", None, ["-Dhttps.proxyHost=proxy.example", "-Dhttps.proxyPort=3128"]),
        ("proxy.example:3128", None, ["-Dhttps.proxyHost=proxy.example", "-Dhttps.proxyPort=3128"]),
        ("http://me:word@proxy.example", "localhost, .example",
         ["-Dhttps.proxyHost=proxy.example", "-Dhttps.proxyPort=80", "-Dhttp.nonProxyHosts=localhost|*.example"]),
    ],
)  # fmt: skip
def test_java_goes_by_the_proxy_that_pip_goes_by(monkeypatch, proxy, direct, options):
    for name, value in (("https_proxy", proxy), ("no_proxy", direct)):
        monkeypatch.delenv(name.upper(), raising=False)
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert setup.java_proxy() == options
