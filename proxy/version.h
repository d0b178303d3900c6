/* The version of this program. */
#ifndef PROXY_VERSION_H
#define PROXY_VERSION_H

#define PGEXPR_VERSION "0.1.0"

#endif
