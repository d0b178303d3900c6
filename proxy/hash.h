/* uthash, as this room uses it: its hash is str.h's, and what it has no memory for it does not add. A
 * file that has to know defines uthash_nonfatal_oom(element) before. */
#ifndef PROXY_HASH_H
#define PROXY_HASH_H

#include "compiler/str.h"

#define HASH_FUNCTION(key, size, hash)                                                             \
	((hash) = (unsigned)str_hash((struct str){ (const char *)(key), (size) }))
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#endif
