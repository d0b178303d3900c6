/* Looks at the server's certificate before anybody logs in: with TLS on both legs SCRAM binds a
 * login to the certificate that the client sees, and the server knows its own only. Blocks for a
 * few seconds at most; for the start, --check-config and a reload, never on a worker. */
#ifndef PROXY_PROBE_H
#define PROXY_PROBE_H

struct config;
struct tls;

#define PROBE_REASON_SIZE 512

enum probe_result {
	PROBE_UNNEEDED, /* not TLS on both legs */
	PROBE_SHARED,   /* the server shows the certificate that we show to clients */
	PROBE_OTHER,    /* it shows another */
	PROBE_PLAIN,    /* it does without TLS, and so do we */
	PROBE_FAILED,   /* it cannot be reached, or not with TLS: `reason` is a sentence */
};

/* Asks the server for TLS, looks at its certificate, and leaves. */
enum probe_result probe_server(const struct config *config, const struct tls *tls,
                               char reason[PROBE_REASON_SIZE]);

#endif
