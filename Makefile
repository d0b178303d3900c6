# pgexpr: `make` builds build/pgexpr, `make check` runs every test, `make demo` shows the main job.
# README.md lists all targets. Each variant (release, asan, tsan, fuzz) builds below build/<variant>.

VARIANT ?= release
CC      ?= cc
B       := build/$(VARIANT)
PREFIX  ?= /usr/local

WARN := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings \
        -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough -Wnull-dereference
ifeq ($(VARIANT),release)
OPT     := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
else ifeq ($(VARIANT),asan)
OPT     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifeq ($(VARIANT),tsan)
OPT     := -O1 -g -fsanitize=thread
else ifeq ($(VARIANT),fuzz)
CC      := clang
OPT     := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
else ifeq ($(VARIANT),cover)
OPT     := -O0 -g --coverage
endif

HARDEN := -fstack-protector-strong -fstack-clash-protection -fno-delete-null-pointer-checks \
          -fno-strict-aliasing

# Young flags are probed, with the compiler of the variant: not every one has them.
probe = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))
HARDEN += $(call probe,-fcf-protection=full) $(call probe,-ftrivial-auto-var-init=zero)

# gcc clears and copies a struct with `rep stos` and `rep movs`, which cost more to start than
# the whole call of memset() does. LIBCALL is a word of gcc for x86.
LIBCALL := libcall:-1:noalign
OPT     += $(call probe,-mmemset-strategy=$(LIBCALL)) $(call probe,-mmemcpy-strategy=$(LIBCALL))

CPPFLAGS += -I. -D_GNU_SOURCE
CFLAGS   += -std=c11 $(WARN) $(OPT) $(HARDEN) -fPIE -pthread $(if $(WERROR),-Werror)
LDFLAGS  += -pie -pthread -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(filter -fsanitize=% --coverage,$(OPT))
LIBS     := -luv -lpq -lssl -lcrypto -linih
CPPFLAGS += -I$(shell pg_config --includedir 2>/dev/null || echo /usr/include/postgresql)

objects = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)))
PROTOCOL := $(call objects,protocol/*.c)
COMPILER := $(call objects,compiler/*.c)
PROXY    := $(call objects,proxy/*.c)
SUPPORT  := $(call objects,tests/support/*.c)
LIBPGWIRE := $(B)/libpgwire.a
LIBPGEXPR := $(B)/libpgexpr.a

TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/protocol/test_*.c tests/compiler/test_*.c tests/proxy/test_*.c))
FUZZERS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))

all: build/pgexpr

# A link to the program of the variant made last: remade always, for it may point to another's.
build/pgexpr: $(B)/pgexpr FORCE
	@ln -sf $(VARIANT)/pgexpr $@
FORCE:

$(B)/pgexpr: $(PROXY) $(LIBPGWIRE) $(LIBPGEXPR)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIBPGWIRE): $(PROTOCOL)
	@rm -f $@ && $(AR) rcs $@ $^

$(LIBPGEXPR): $(COMPILER)
	@rm -f $@ && $(AR) rcs $@ $^
# The compiler is made of small steps: taken in line they cost a twentieth less.
ifeq ($(VARIANT),release)
$(COMPILER): CFLAGS += -O3
endif

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

SUPPORT_PARTS := $(B)/tests/support.a
$(SUPPORT_PARTS): $(SUPPORT)
	@mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^

# Tests jump out of failures; gcc cannot see that nothing they change is read after the jump.
$(B)/tests/%.o: WARN += $(call probe,-Wno-clobbered)

# One cmocka program per test file. Those of proxy/ link the room without its main.
$(B)/tests/protocol/%: $(B)/tests/protocol/%.o $(SUPPORT_PARTS) $(LIBPGWIRE)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka
$(B)/tests/compiler/%: $(B)/tests/compiler/%.o $(SUPPORT_PARTS) $(LIBPGEXPR)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka -lpg_query
# Archives, so that a test may bring its own stream, compiler … in the place of ours.
PROXY_PARTS := $(B)/tests/proxy.a
$(PROXY_PARTS): $(filter-out $(B)/proxy/main.o,$(PROXY))
	@mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^
$(B)/tests/proxy/%: $(B)/tests/proxy/%.o $(SUPPORT_PARTS) $(PROXY_PARTS) $(LIBPGWIRE) $(LIBPGEXPR)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# One program per fuzz target: with libFuzzer in the fuzz variant, else with a main that replays
# files, so that any compiler can run the corpora.
FUZZ_MAIN := $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer,$(B)/tests/fuzz/replay.o)
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(filter %.o,$(FUZZ_MAIN)) $(SUPPORT_PARTS) $(LIBPGWIRE) $(LIBPGEXPR)
	$(CC) $(LDFLAGS) -o $@ $< $(FUZZ_MAIN) $(SUPPORT_PARTS) $(LIBPGEXPR) $(LIBPGWIRE)

# The benches of the compiler and of rewriting, the relay that is compared with, and pgexpr without its
# search for the tag.
$(B)/tests/bench/%: $(B)/tests/bench/%.o $(SUPPORT_PARTS) $(LIBPGEXPR)
	$(CC) $(LDFLAGS) -o $@ $^
$(B)/tests/bench/rewrite: $(B)/tests/bench/rewrite.o $(SUPPORT_PARTS) $(PROXY_PARTS) $(LIBPGWIRE) $(LIBPGEXPR)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
$(B)/tests/bench/unsearched: $(B)/tests/bench/unsearched.o $(PROXY) $(LIBPGWIRE) $(LIBPGEXPR)
	$(CC) $(LDFLAGS) -Wl,--wrap=rewrite_may_concern -o $@ $^ $(LIBS)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.SECONDARY:

# What people type. The first make of a check may install the very tools that this file asks for
# flags and paths when it is read, so what needs them is made by a second.
PYTHON  := /usr/bin/python3
AGAIN   := $(MAKE) --no-print-directory
PARALLEL := -j$(shell nproc)
SOURCES := $(wildcard $(addsuffix /*.[ch],proxy protocol compiler tests/*))
ROOMS_C := $(wildcard proxy/*.c protocol/*.c compiler/*.c)

deps: ; @tests/deps.sh

# Every test: unit tests, golden files, fuzz corpora, rooms, live. The last line has the counts.
check:
	@tests/deps.sh build test demo clients oracle
	@$(AGAIN) $(PARALLEL) programs
	@$(PYTHON) tests/run.py --variant $(VARIANT) unit corpora rooms live

# The live tests alone: real clients, a private PostgreSQL, SQLAlchemy.
live:
	@tests/deps.sh build test demo clients oracle
	@$(AGAIN) $(PARALLEL) build/pgexpr
	@$(PYTHON) tests/run.py --variant $(VARIANT) live

programs: build/pgexpr $(TESTS) $(FUZZERS)

# Django, pandas and psql through the proxy: `make demo`, or `make demo KEEP=1` to play with it.
demo:
	@tests/deps.sh build demo
	@$(AGAIN) $(PARALLEL) build/pgexpr
	@$(PYTHON) tests/demo/run.py $(if $(KEEP),--keep)

asan: ; @$(AGAIN) check VARIANT=asan
tsan: ; @$(AGAIN) check VARIANT=tsan

FUZZ_SECONDS ?= 60
fuzz:
	@tests/deps.sh build tools
	@$(AGAIN) $(PARALLEL) VARIANT=fuzz fuzzers
	@$(PYTHON) tests/run.py --variant fuzz --seconds $(FUZZ_SECONDS) fuzz
fuzzers: $(FUZZERS)

# What it costs, beside PgBouncer, HAProxy, a blind relay and SQLAlchemy. BENCH="--quick relay": see run.py.
bench:
	@tests/deps.sh build test oracle bench
	@$(AGAIN) $(PARALLEL) build/pgexpr $(addprefix $(B)/tests/bench/,compiler rewrite blind_relay unsearched)
	@$(PYTHON) tests/bench/run.py $(BENCH)

# The suites of PostgreSQL, Django and the drivers, directly and through the proxy: test for test the same.
# CONFORMANCE="--tls psycopg2 psycopg": see run.py.
conformance:
	@tests/deps.sh build test conformance
	@$(AGAIN) $(PARALLEL) build/pgexpr
	@$(PYTHON) tests/conformance/run.py $(or $(CONFORMANCE),--both)

# Lines that the unit tests, the golden files and the corpora reach, by file.
cover:
	@tests/deps.sh build test
	@find build/cover -name '*.gcda' -delete 2>/dev/null || true
	@$(AGAIN) $(PARALLEL) VARIANT=cover programs
	@-$(PYTHON) tests/run.py --variant cover unit corpora
	@$(PYTHON) tests/cover.py build/cover

# Rewrites the golden files and the reference page; what changed in them is to be reviewed.
golden: $(B)/tests/compiler/test_golden $(B)/pgexpr
	@$< --rewrite
	@$(B)/pgexpr words --markdown > compiler/WORDS.md
	@git diff --stat -- tests/compiler compiler/WORDS.md

fmt:
	@tests/deps.sh tools
	@clang-format -i $(SOURCES)

lint:
	@tests/deps.sh build tools
	clang-format --dry-run -Werror $(SOURCES)
	printf '%s\n' $(ROOMS_C) | xargs -P $(shell nproc) -n 1 sh -c \
		'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(CPPFLAGS) -std=c11' clang-tidy
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --library=.cppcheck.cfg \
		--enable=warning,performance,portability --suppress=missingInclude -I. $(ROOMS_C)

# What a user of libpgexpr.a includes; of libpgwire.a it is every header.
COMPILER_API := $(patsubst %,compiler/%.h,compile catalog pattern sourcemap tagged sqllex encoding arena str)

INSTALL := install -D -m
install: build/pgexpr $(LIBPGWIRE) $(LIBPGEXPR)
	$(INSTALL) 755 build/pgexpr $(DESTDIR)$(PREFIX)/bin/pgexpr
	$(INSTALL) 644 $(LIBPGWIRE) $(DESTDIR)$(PREFIX)/lib/libpgwire.a
	$(INSTALL) 644 $(LIBPGEXPR) $(DESTDIR)$(PREFIX)/lib/libpgexpr.a
	for file in protocol/*.h protocol/*.def $(COMPILER_API); do \
		$(INSTALL) 644 $$file $(DESTDIR)$(PREFIX)/include/pgexpr/$$file; done
	for file in README.md LICENSE configs/* */*.md; do \
		$(INSTALL) 644 $$file $(DESTDIR)$(PREFIX)/share/doc/pgexpr/$$file; done

clean: ; rm -rf build

.PHONY: all deps check live programs demo bench conformance asan tsan fuzz fuzzers cover golden fmt lint install clean FORCE
