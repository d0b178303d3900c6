"""Certificates for the TLS tests: two authorities and what they have signed, made with openssl in a
temporary directory. Names say what they are: `server` is for localhost and 127.0.0.1, `other` is another
for the same names, `stranger` is of an authority that nobody trusts, `client` is for role alice."""

import os
import shutil
import subprocess
import tempfile

import cluster


class Certificates:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="pgexpr.", dir="/tmp")
        cluster.at_end(lambda: shutil.rmtree(self.directory, ignore_errors=True))
        os.chmod(self.directory, 0o755)
        for name in ("ca", "foreign"):
            self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                          "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                          "-keyout", self.key(name), "-out", self.cert(name))
        local = "DNS:localhost,IP:127.0.0.1"
        self.sign("server", "ca", "/CN=localhost", local)
        self.sign("other", "ca", "/CN=localhost", local)
        self.sign("misnamed", "ca", "/CN=elsewhere.invalid", "DNS:elsewhere.invalid")
        self.sign("stranger", "foreign", "/CN=localhost", local)
        self.sign("client", "ca", "/CN=alice", "DNS:alice.invalid")
        self.sign("intruder", "foreign", "/CN=alice", "DNS:alice.invalid")

    def cert(self, name):
        return os.path.join(self.directory, name + ".crt")

    def key(self, name):
        return os.path.join(self.directory, name + ".key")

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise cluster.LiveError("openssl %s failed:\n%s" % (arguments[0], done.stdout))

    def sign(self, name, by, subject, names):
        request, extensions = (os.path.join(self.directory, name + end) for end in (".csr", ".ext"))
        with open(extensions, "w", encoding="ascii") as file:
            # What the strict check of Python 3.13 asks for besides the names.
            file.write("subjectAltName=%s\nbasicConstraints=CA:FALSE\n" % names)
            file.write("subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
                      "-keyout", self.key(name), "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.cert(by), "-CAkey", self.key(by),
                      "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", self.cert(name))

    def for_postgres(self, name):
        """The key as PostgreSQL wants it: readable by its own user alone. Gives certificate and key."""
        own = os.path.join(self.directory, "postgres-%s.key" % name)
        shutil.copy(self.key(name), own)
        os.chmod(own, 0o600)
        if os.geteuid() == 0:
            shutil.chown(own, "postgres", "postgres")
        return self.cert(name), own
