#include "proxy/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

static bool refuse(const char **why, const char *sentence)
{
	*why = sentence;
	return false;
}

static bool parse_path(const char *text, const char *port, struct address *out, const char **why)
{
	struct stat st;
	int n;

	if (stat(text, &st) == 0 && S_ISDIR(st.st_mode))
		n = snprintf(out->host, sizeof(out->host), "%s/.s.PGSQL.%s", text, port);
	else
		n = snprintf(out->host, sizeof(out->host), "%s", text);
	if (n < 0 || (size_t)n >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return refuse(why, "the path is too long for a unix socket");
	out->is_path = true;
	snprintf(out->text, sizeof(out->text), "%s", out->host);
	return true;
}

static bool parse_port(const char *text, struct address *out, const char **why)
{
	size_t n = strlen(text);
	unsigned long port = strtoul(text, NULL, 10);

	if (n == 0 || n > 5 || strspn(text, "0123456789") != n || port == 0 || port > 65535)
		return refuse(why, "a port is a number from 1 to 65535");
	snprintf(out->port, sizeof(out->port), "%s", text);
	return true;
}

bool address_parse(const char *text, const char *port, struct address *out, const char **why)
{
	const char *host = text;
	const char *end;
	size_t n;

	memset(out, 0, sizeof(*out));
	if (*text == '/')
		return parse_path(text, port, out, why);
	if (*text == '[') {
		host = text + 1;
		end = strchr(host, ']');
		if (end == NULL)
			return refuse(why, "the bracket is not closed");
		n = (size_t)(end - host);
		end++;
	} else {
		end = strrchr(text, ':');
		if (end != NULL && memchr(text, ':', (size_t)(end - text)) != NULL)
			return refuse(why, "an IPv6 address stands in brackets: [::1]:5432");
		if (end == NULL)
			end = text + strlen(text);
		n = (size_t)(end - host);
	}
	if (*end != '\0' && *end != ':')
		return refuse(why, "expected host:port, [v6]:port or a path");
	if (n == 0 || n >= sizeof(out->host))
		return refuse(why, "the host is missing or too long");
	memcpy(out->host, host, n);
	if (!parse_port(*end == ':' ? end + 1 : port, out, why))
		return false;
	snprintf(out->text, sizeof(out->text), strchr(out->host, ':') != NULL ? "[%s]:%s" : "%s:%s",
	         out->host, out->port);
	return true;
}

bool address_is_local(const struct address *a)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (a->is_path || strcmp(a->host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, a->host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, a->host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return false;
}

bool address_is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >>
		               24 ==
		       127;
	if (sa->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(
			&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
	return true;
}

void address_print(const struct sockaddr *sa, char out[ADDRESS_TEXT_SIZE])
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_SIZE, "%s:%u", host, (unsigned)ntohs(in->sin_port));
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)sa;

		inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_SIZE, "[%s]:%u", host, (unsigned)ntohs(in->sin6_port));
	} else {
		snprintf(out, ADDRESS_TEXT_SIZE, "unix");
	}
}
