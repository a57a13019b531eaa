# SPDX-License-Identifier: Apache-2.0
# metod: `make demo` shows the whole chain, `make check` tests it. Both install what they need.
# MODE=release (default), asan or fuzz; programs land in build/ (or build/asan/, build/fuzz/).
MODE ?= release
PREFIX ?= /usr/local
UNITDIR ?= $(PREFIX)/lib/systemd/system
CC ?= gcc
PYTHON ?= /usr/bin/python3
B := build$(if $(filter-out release,$(MODE)),/$(MODE))

PKGS := libevent libevent_pthreads libsodium jansson yaml-0.1 msgpack libsystemd
LIBS_OF = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -llmdb -lm -lpthread
CFLAGS_OF := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual \
	-Wpointer-arith -Wformat=2 -Wno-format-nonliteral -Wvla -Wswitch-enum
# Each hardening flag is tried alone: an older or foreign compiler builds without it.
probe = $(foreach f,$(1),$(shell echo 'int main(void){return 0;}' | \
	$(CC) -Werror $(f) -x c - -o /dev/null 2>/dev/null && echo '$(f)'))
ifeq ($(MODE),asan)
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -Wno-format-truncation
LDOPT := -fsanitize=address,undefined
else ifeq ($(MODE),fuzz)
CC := clang
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
LDOPT := -fsanitize=fuzzer,address,undefined
else
HARD := $(call probe,-fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow)
HARDLD := $(call probe,-Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
OPT := -O2 -g -D_FORTIFY_SOURCE=2 $(HARD) -fPIE
LDOPT := -pie $(HARDLD)
endif
# -Werror belongs to CI: a newcomer's newer compiler must not stop him.
CI_FLAGS := $(if $(CI),-Werror)
CFLAGS ?=
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -fno-strict-aliasing $(OPT) $(WARN) $(CI_FLAGS) -Iinclude -Ipo \
	-Idaemon $(CFLAGS_OF) $(CFLAGS)

# The targets that do everything themselves use all cores; `make -jN` from outside wins.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

LAYERS := base core wire conf doc
DAEMON := store app net web
src = $(wildcard $(1)/*.c)
obj = $(patsubst %.c,$(B)/obj/%.o,$(1))

PO := $(wildcard po/*.po)
WEB_FILES := $(sort $(wildcard daemon/web/templates/*.html daemon/web/assets/*))
GEN := $(B)/gen/catalogue.c $(B)/gen/web_files.c

ARCHIVES := $(LAYERS:%=$(B)/lib%.a) $(B)/libi18n.a
DAEMON_ARCHIVES := $(DAEMON:%=$(B)/libdaemon_%.a)
CLI_OBJ := $(call obj,$(filter-out cli/main.c,$(call src,cli)))

.PHONY: bench bench-quick check-package deb all deps demo serve check check-browser check-shells check-reference check-solvers simulate bench-core tests-built fault-built asan unit integration lint format install clean fuzz fuzz-built fault fault-release privacy privacy-release review-sheets help
.DELETE_ON_ERROR:
.SECONDARY:
all: $(B)/metodd $(B)/metodctl

help:
	@sed -n 's/^\([a-z-]*\):.*##/\1\t/p' Makefile

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@
$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Idaemon/web -MMD -MP -c $< -o $@

$(B)/gen/catalogue.c: po/po2c.py $(PO)
	@mkdir -p $(@D)
	$(PYTHON) po/po2c.py $@ $(PO)
$(B)/gen/web_files.c: daemon/web/embed.py $(WEB_FILES)
	@mkdir -p $(@D)
	$(PYTHON) daemon/web/embed.py $@ $(WEB_FILES)

define layer_rule
$(B)/lib$(1).a: $(call obj,$(call src,lib/$(1)))
	@rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))
define daemon_rule
$(B)/libdaemon_$(1).a: $(call obj,$(call src,daemon/$(1))) $(if $(filter web,$(1)),$(B)/obj/gen/web_files.o)
	@rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach l,$(DAEMON),$(eval $(call daemon_rule,$(l))))
$(B)/libi18n.a: $(B)/obj/po/i18n.o $(B)/obj/gen/catalogue.o
	@rm -f $@
	$(AR) rcs $@ $^
$(B)/libcli.a: $(CLI_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

# Upper layers first: each archive uses only those after it.
LINK_LIBS := $(B)/libdoc.a $(B)/libconf.a $(B)/libwire.a $(B)/libi18n.a $(B)/libcore.a $(B)/libbase.a
STORE_LIBS := $(B)/libdaemon_app.a $(B)/libdaemon_store.a

$(B)/metodd: $(B)/obj/daemon/main.o $(B)/libdaemon_net.a $(B)/libdaemon_web.a $(STORE_LIBS) $(LINK_LIBS)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ $(LIBS_OF)
$(B)/metodctl: $(B)/obj/cli/main.o $(B)/libcli.a $(LINK_LIBS)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ -ljansson $(shell pkg-config --libs msgpack yaml-0.1) \
		-lsodium -lxlsxwriter -lm

# ---- tests ----
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/%)
# The pure core links nothing but base: an impure call would not link.
CORE_TESTS := $(addprefix $(B)/tests/test_,score smallgroup match route recommend statistics sources assign itemfit \
	reference dpo_order)
$(CORE_TESTS): $(B)/tests/%: $(B)/obj/tests/unit/%.o $(B)/libcore.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ -lcmocka -lm
$(B)/tests/test_%: $(B)/obj/tests/unit/test_%.o $(B)/libcli.a $(B)/libdaemon_web.a $(STORE_LIBS) $(LINK_LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ -lcmocka $(LIBS_OF) -levent -levent_pthreads -lxlsxwriter
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
REPLAY := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/tests/replay_%)
$(B)/tests/replay_%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/replay.o $(B)/libdaemon_web.a $(STORE_LIBS) $(LINK_LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ $(LIBS_OF)
$(B)/tests/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/libdaemon_web.a $(STORE_LIBS) $(LINK_LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ $(LIBS_OF)
$(B)/tests/store_crash: $(B)/obj/tests/integration/store_crash.o $(B)/libdaemon_store.a $(LINK_LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ $(LIBS_OF)
$(B)/tests/powerloss.so: tests/integration/powerloss_preload.c
	@mkdir -p $(@D)
	$(CC) -O2 -g -shared -fPIC -D_GNU_SOURCE -o $@ $< -ldl -lpthread
$(B)/tests/store_tool: $(B)/obj/tests/fault/store_tool.o $(B)/libdaemon_store.a $(LINK_LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ $(LIBS_OF)
$(B)/tests/alloc.so: tests/fault/alloc_preload.c
	@mkdir -p $(@D)
	$(CC) -O2 -g -shared -fPIC -fno-builtin -D_GNU_SOURCE -o $@ $<
# The auditor of what is published; tests/privacy/territories.c feeds it.
AUDIT_OBJ := $(call obj,$(call src,tests/privacy))
$(B)/tests/audit: $(AUDIT_OBJ) $(STORE_LIBS) $(LINK_LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ $(LIBS_OF) -llpsolve55 -lcolamd -ldl
# The rule without what hides more than one number by itself, and without the last step of it.
AUDIT_MUTANTS := $(patsubst %,$(B)/mutant/%/audit,no_complement no_joint no_memory)
$(B)/mutant/%/audit: $(B)/mutant/%/mutant.c $(B)/tests/audit
	$(CC) $(ALL_CFLAGS) -I$$(cat $(@D)/from) -c $< -o $(@D)/mutant.o
	$(CC) $(OPT) $(LDOPT) -o $@ $(AUDIT_OBJ) $(@D)/mutant.o $(STORE_LIBS) $(LINK_LIBS) \
		$(LIBS_OF) -llpsolve55 -lcolamd -ldl
# The daemon with one promise broken each: the controls of the fault tests.
MUTANTS := $(patsubst %,$(B)/mutant/%/metodd,ack_before_commit no_key_check no_flush no_gate \
	two_lengths no_guard blind_watchdog blind_verify format_2 format_2_careless)
FAULT_PROGRAMS := $(addprefix $(B)/tests/,store_crash powerloss.so store_tool alloc.so) $(MUTANTS)
$(B)/mutant/%/mutant.c: tests/fault/mutate.sh daemon/store/writer.c daemon/app/dispatch.c \
		daemon/store/env.c daemon/app/gate.c daemon/store/verify.c daemon/store/value.c \
		daemon/store/format.c daemon/store/dir.c daemon/web/gate.c daemon/web/guard.c \
		daemon/app/aggregate_show.c lib/doc/escape.c
	@mkdir -p $(@D)
	tests/fault/mutate.sh $* $@
$(B)/mutant/%/metodd: $(B)/mutant/%/mutant.c $(B)/metodd
	$(CC) $(ALL_CFLAGS) -I$$(cat $(@D)/from) -c $< -o $(@D)/mutant.o
	$(CC) $(OPT) $(LDOPT) -o $@ $(B)/obj/daemon/main.o $(@D)/mutant.o $(B)/libdaemon_net.a \
		$(B)/libdaemon_web.a $(STORE_LIBS) $(LINK_LIBS) $(LIBS_OF)
DEMO_SRC := $(wildcard tests/demo/*.c)
$(B)/tests/demo_%: $(B)/obj/tests/demo/%.o $(LINK_LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ $(LIBS_OF)

# Benches: they link the product's own libraries; the load speaks to PostgreSQL too.
$(B)/bench/bench_load: $(patsubst %,$(B)/obj/tests/bench/%.o,load load_rpc load_http load_postgres start) $(LINK_LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ $(LIBS_OF) -lpq
$(B)/obj/tests/bench/load_postgres.o: ALL_CFLAGS += $(shell pkg-config --cflags libpq 2>/dev/null)
$(B)/bench/bench_core: $(B)/obj/tests/bench/core.o $(B)/libcore.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ -lm
$(B)/bench/bench_%: $(B)/obj/tests/bench/%.o $(STORE_LIBS) $(LINK_LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ $(LIBS_OF)
BENCHES := $(addprefix $(B)/bench/bench_,load fill parts lmdb profile)

TEST_PROGRAMS := $(UNIT) $(REPLAY) $(if $(wildcard tests/integration/store_crash.c),$(B)/tests/store_crash) \
	$(if $(wildcard tests/integration/powerloss_preload.c),$(B)/tests/powerloss.so)
tests-built: all $(TEST_PROGRAMS) $(DEMO_SRC:tests/demo/%.c=$(B)/tests/demo_%)

deps: ## install the Debian packages that the programs need
	@.ci/deps build
check: ## all tests that need no browser, then once more under ASan and UBSan; the faults once
	@.ci/deps build check
	@+$(MAKE) --no-print-directory $(JOBS) tests-built fault-built
	@+$(MAKE) --no-print-directory $(JOBS) tests-built MODE=asan
	@$(PYTHON) tests/run.py --build build --build build/asan --fault build
asan: ## the tests under ASan and UBSan only
	@.ci/deps build check
	@+$(MAKE) --no-print-directory $(JOBS) tests-built MODE=asan
	@$(PYTHON) tests/run.py --build build/asan
unit: tests-built ## unit tests only
	@$(PYTHON) tests/run.py --build $(B) --only unit
demo: ## a territory of real size, from questionnaires to recommendations
	@.ci/deps build
	@+$(MAKE) --no-print-directory $(JOBS) all 
	@$(PYTHON) tests/demo/demo.py --build $(B) --dir demo
serve: ## the same, left running
	@.ci/deps build
	@+$(MAKE) --no-print-directory $(JOBS) all 
	@$(PYTHON) tests/demo/demo.py --build $(B) --dir demo --serve
check-browser: ## the teacher's way in a real browser, without JavaScript, with axe and geometry
	@.ci/deps build check heavy
	@+$(MAKE) --no-print-directory $(JOBS) all
	@$(PYTHON) tests/browser/check.py
check-shells: ## completion in bash, zsh and fish themselves
	@.ci/deps build check heavy
	@+$(MAKE) --no-print-directory $(JOBS) all
	@METOD_BUILD=$(B) PYTHONPATH=tests/lib $(PYTHON) tests/shells/check.py
fault-built: all $(FAULT_PROGRAMS)
fault: ## the promise under injected faults, with counts (part of check)
	@.ci/deps build check
	@+$(MAKE) --no-print-directory $(JOBS) fault-built
	@$(PYTHON) tests/fault/run.py --build $(B)
fault-release: ## the same with the counts of a release (hours)
	@.ci/deps build check
	@+$(MAKE) --no-print-directory $(JOBS) fault-built
	@$(PYTHON) tests/fault/run.py --build $(B) --release
simulate: ## simulated teachers: recovery of parameters, how often a word is wrong
	@.ci/deps build
	@+$(MAKE) --no-print-directory $(JOBS) $(B)/tests/simulate
	@$(B)/tests/simulate
$(B)/tests/simulate: $(call obj,$(call src,tests/simulate)) $(B)/libcore.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LDOPT) -o $@ $^ -lm
check-solvers: ## our matching beside LEMON's network simplex, orders beside CBC, routes beside GLPK
	@.ci/deps build solvers
	@+$(MAKE) --no-print-directory $(JOBS) all $(B)/tests/lemon
	@PYTHONPATH=tests/lib $(PYTHON) tests/solvers/check.py --build $(B)
	@PYTHONPATH=tests/lib $(PYTHON) tests/solvers/order.py --build $(B)
	@PYTHONPATH=tests/lib $(PYTHON) tests/solvers/routes.py --build $(B)
$(B)/tests/lemon: tests/solvers/lemon.cc
	@mkdir -p $(@D)
	$(CXX) -O2 -std=c++17 -w -o $@ $<
check-reference: ## our statistics beside those of R on public data
	@.ci/deps build reference
	@+$(MAKE) --no-print-directory $(JOBS) all $(B)/bench/bench_core
	@PYTHONPATH=tests/lib $(PYTHON) tests/reference/check.py --build $(B)
bench: ## the daemon beside PostgreSQL, LMDB and evhttp; build/bench.json
	@.ci/deps build check bench
	@+$(MAKE) --no-print-directory $(JOBS) all $(BENCHES)
	@$(PYTHON) tests/bench/run.py $(BENCH_ARGS)
bench-core: ## the formulas alone: scoring, calibration, reliability; build/bench-core.json
	@.ci/deps build
	@+$(MAKE) --no-print-directory $(JOBS) $(B)/bench/bench_core
	@$(B)/bench/bench_core $(B)/bench-core.json
bench-quick: ## the same with shorter parts and a smaller store
	@+$(MAKE) --no-print-directory bench BENCH_ARGS=--quick
privacy: ## what is published, shown, logged and erased, searched for people
	@.ci/deps build check heavy
	@+$(MAKE) --no-print-directory $(JOBS) all $(B)/tests/audit $(AUDIT_MUTANTS) \
		$(B)/mutant/log_params/metodd $(B)/mutant/no_escape/metodd
	@$(PYTHON) tests/fault/run.py --build $(B) --in tests/privacy
privacy-release: ## the same with the counts of a release
	@.ci/deps build check heavy
	@+$(MAKE) --no-print-directory $(JOBS) all $(B)/tests/audit $(AUDIT_MUTANTS) \
		$(B)/mutant/log_params/metodd $(B)/mutant/no_escape/metodd
	@$(PYTHON) tests/fault/run.py --build $(B) --in tests/privacy --release
lint: all ## layers, headers, content, manual pages, format
	@tests/lint/units.sh $(B)
	@tests/lint/steps.sh
	@$(PYTHON) tests/lint/lint.py --build $(B)
review-sheets: all ## the content as tables to review and sign
	$(B)/metodctl form sheets surveys --save $(B)/review-sheets.xlsx
	$(B)/metodctl form sheets surveys --save $(B)/review-sheets.html
format: ## rewrite the sources with clang-format
	clang-format -i $$(git ls-files '*.c' '*.h' | grep -v '^tests/fuzz/corpus')
fuzz: ## FUZZ_SECONDS (60) of each fuzz target under ASan and UBSan (clang)
	@.ci/deps build fuzz
	@+$(MAKE) --no-print-directory $(JOBS) MODE=fuzz fuzz-built
	@tests/fuzz/run.sh build/fuzz
fuzz-built: $(FUZZ_SRC:tests/fuzz/%.c=$(B)/tests/%)
install: all ## programs, manual pages, units, content below DESTDIR and PREFIX
	install -Dm755 $(B)/metodd $(DESTDIR)$(PREFIX)/sbin/metodd
	install -Dm755 $(B)/metodctl $(DESTDIR)$(PREFIX)/bin/metodctl
	install -Dm644 docs/metodd.8 $(DESTDIR)$(PREFIX)/share/man/man8/metodd.8
	install -Dm644 docs/metodctl.1 $(DESTDIR)$(PREFIX)/share/man/man1/metodctl.1
	for f in surveys/*.yaml surveys/*.csv; do \
		install -Dm644 $$f $(DESTDIR)$(PREFIX)/share/metod/$$f; done
	install -Dm644 docs/metodd.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/metodd.conf.5
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(B)/metodctl completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/metodctl
	$(B)/metodctl completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_metodctl
	$(B)/metodctl completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/metodctl.fish
	for f in systemd/*.service systemd/*.socket systemd/*.timer; do \
		sed -e 's#@SBIN@#$(PREFIX)/sbin#' -e 's#@BIN@#$(PREFIX)/bin#' $$f \
			>$(DESTDIR)$(UNITDIR)/$${f##*/} || exit 1; done
	chmod 644 $(DESTDIR)$(UNITDIR)/metodd*
	install -Dm644 systemd/metod.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/metod.conf
	install -Dm644 systemd/metod.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/metod.conf
	test -e $(DESTDIR)/etc/metod/metodd.conf || \
		install -Dm644 systemd/metodd.conf $(DESTDIR)/etc/metod/metodd.conf
deb: ## Debian packages in build/deb, built from the source and checked by lintian
	@.ci/deps build deb
	systemd/deb/build.sh build/deb
check-package: ## the packages in a clean Debian under systemd, from installation to purge
	@.ci/deps build check deb heavy
	@+$(MAKE) --no-print-directory $(JOBS) all
	@$(PYTHON) tests/package/check.py
clean:
	rm -rf build

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
