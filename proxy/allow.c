#include "proxy/allow.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct network {
	uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned prefix;     /* bits */
};

static void map_v4(uint8_t out[16], const void *v4)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(out, mapped, 12);
	memcpy(out + 12, v4, 4);
}

static bool read_prefix(const char *text, unsigned most, unsigned *out)
{
	size_t n = strlen(text);

	*out = (unsigned)strtoul(text, NULL, 10);
	return n > 0 && n <= 3 && strspn(text, "0123456789") == n && *out <= most;
}

static bool read_network(const char *text, struct network *out)
{
	size_t n = strcspn(text, "/");
	char host[INET6_ADDRSTRLEN];
	struct in_addr v4;
	unsigned bits;

	if (n == 0 || n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(AF_INET, host, &v4) == 1) {
		map_v4(out->address, &v4);
		bits = 32;
	} else if (inet_pton(AF_INET6, host, out->address) == 1) {
		bits = 128;
	} else {
		return false;
	}
	out->prefix = bits;
	if (text[n] == '/' && !read_prefix(text + n + 1, bits, &out->prefix))
		return false;
	out->prefix += 128 - bits;
	return true;
}

static bool contains(const struct network *net, const uint8_t address[16])
{
	unsigned bytes = net->prefix / 8;
	unsigned bits = net->prefix % 8;

	if (memcmp(net->address, address, bytes) != 0)
		return false;
	return bits == 0 || (net->address[bytes] ^ address[bytes]) >> (8 - bits) == 0;
}

static bool read_peer(const struct sockaddr *from, uint8_t out[16])
{
	if (from->sa_family == AF_INET)
		map_v4(out, &((const struct sockaddr_in *)(const void *)from)->sin_addr);
	else if (from->sa_family == AF_INET6)
		memcpy(out, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
	else
		return false;
	return true;
}

bool allow_is_network(const char *text)
{
	struct network net;

	return read_network(text, &net);
}

bool allow_admits(char *const *networks, size_t count, const struct sockaddr *from)
{
	struct network net;
	uint8_t address[16];

	if (count == 0 || !read_peer(from, address))
		return true;
	for (size_t i = 0; i < count; i++)
		if (read_network(networks[i], &net) && contains(&net, address))
			return true;
	return false;
}
