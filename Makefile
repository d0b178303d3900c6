# pgexpr: `make` builds build/pgexpr, `make check` runs every test, `make demo` shows the main job.
# README.md lists all targets. Each variant (release, asan, tsan, fuzz) builds below build/<variant>.

VARIANT ?= release
CC      ?= cc
B       := build/$(VARIANT)
PREFIX  ?= /usr/local

WARN := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings \
        -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough -Wnull-dereference
HARDEN := -fstack-protector-strong -fstack-clash-protection -fno-delete-null-pointer-checks \
          -fno-strict-aliasing

# Young flags are probed: not every compiler has them.
probe = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))
HARDEN += $(call probe,-fcf-protection=full) $(call probe,-ftrivial-auto-var-init=zero)

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

build/pgexpr: $(B)/pgexpr
	@ln -sf $(VARIANT)/pgexpr $@

$(B)/pgexpr: $(PROXY) $(LIBPGWIRE) $(LIBPGEXPR)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIBPGWIRE): $(PROTOCOL)
	@rm -f $@ && $(AR) rcs $@ $^

$(LIBPGEXPR): $(COMPILER)
	@rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# One cmocka program per test file. Those of proxy/ link the room without its main.
$(B)/tests/protocol/%: $(B)/tests/protocol/%.o $(SUPPORT) $(LIBPGWIRE)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka
$(B)/tests/compiler/%: $(B)/tests/compiler/%.o $(SUPPORT) $(LIBPGEXPR)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka -lpg_query
$(B)/tests/proxy/%: $(B)/tests/proxy/%.o $(SUPPORT) $(filter-out $(B)/proxy/main.o,$(PROXY)) $(LIBPGWIRE) $(LIBPGEXPR)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all
.SECONDARY:
