# The nginx module.  nginx's headers are configured once, out of the copy that
# the package nginx-dev brings (or NGX_SRC=DIR: another version's source); after
# that the module is compiled like any shared object.

NGX_SRC ?= /usr/share/nginx/src
NGX_NAME := $(if $(filter /usr/share/nginx/src,$(NGX_SRC)),debian,$(notdir \
	$(abspath $(NGX_SRC))))
NGX_B := $(B)/nginx-headers/$(NGX_NAME)
NGX_OBJ := $(B)/ngx_nf_module/$(NGX_NAME)
NGX_CC ?= $(CC)
NGX_SAN ?=

NGX_INC := $(foreach d,core event event/modules event/quic os/unix http \
	http/modules http/v2 http/v3,-isystem $(NGX_B)/src/$(d)) -isystem $(NGX_B)/objs
NGX_CFLAGS = $(CFLAGS_NF) $(NGX_INC) -Ingx_nf_module

NGX_MOD_SRC := $(filter-out %_list.c,$(wildcard ngx_nf_module/*.c))
NGX_MOD_OBJ := $(NGX_MOD_SRC:ngx_nf_module/%.c=$(NGX_OBJ)/%.o) \
	$(NGX_OBJ)/ngx_http_nf_list.o

# Debian's flags lie beside its sources; anyone else's are taken from nginx -V.
$(NGX_B)/objs/ngx_auto_config.h: | $(NEEDED)
	$(call say,CONF,$(NGX_B))
	$(Q)rm -rf $(NGX_B) && mkdir -p $(NGX_B)
	$(Q)cp -r $(NGX_SRC)/. $(NGX_B) && rm -rf $(NGX_B)/objs
	$(Q)cd $(NGX_B) && bash -c '. ./conf_flags 2>/dev/null || \
		NGX_CONF_FLAGS=(--with-compat --with-debug --with-threads \
			--with-http_ssl_module --with-http_v2_module); \
		test -x configure || ln -s auto/configure configure; \
		./configure --builddir=objs --with-cc-opt="-g -O2 -fPIC" \
			"$${NGX_CONF_FLAGS[@]}"' > ../$(NGX_NAME).log 2>&1 \
		|| { tail -3 ../$(NGX_NAME).log; exit 1; }

$(NGX_OBJ)/ngx_http_nf_list.o: ngx_nf_module/ngx_http_nf_list.c \
		| $(NGX_B)/objs/ngx_auto_config.h
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(NGX_CC) $(NGX_CFLAGS) -fno-sanitize=all -c $< -o $@

$(NGX_OBJ)/%.o: ngx_nf_module/%.c | $(NGX_B)/objs/ngx_auto_config.h
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(NGX_CC) $(NGX_CFLAGS) $(NGX_SAN) -c $< -o $@

# By rename: a worker that has the old file mapped must not see it change.
define ngx_link
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(NGX_CC) $(CFLAGS_NF) $(LDFLAGS_NF) $(NGX_SAN) -shared \
		-o $@.new $(filter %.o %.a,$^) $(LIBS)
	$(Q)mv $@.new $@
endef

$(B)/ngx_http_nf_module.so: $(NGX_MOD_OBJ) $(B)/libnf.a
	$(ngx_link)

# --- the same with sanitizers, for tests on the nginx of scripts/asan-nginx --
ASAN_SAN := -fsanitize=address,undefined -fno-sanitize=function \
	-fno-omit-frame-pointer -DNF_ARENA_MALLOC -DNGX_DEBUG_PALLOC=1
# Its headers are those of the nginx that it runs in: structs may differ from
# the packaged ones.
ASAN_NGX := $(B)/cache/asan-nginx/src
ASAN_CFLAGS = $(subst -D_FORTIFY_SOURCE=2,,$(subst $(NGX_B),$(ASAN_NGX), \
	$(NGX_CFLAGS)))
ASAN_OBJ := $(NGX_MOD_SRC:ngx_nf_module/%.c=$(B)/asan/ngx_nf_module/%.o) \
	$(LIBNF_SRC:%.c=$(B)/asan/%.o)

$(ASAN_NGX)/objs/ngx_auto_config.h: | $(B)/.packages-check
	$(call say,NGINX,$(ASAN_NGX))
	$(Q)scripts/asan-nginx

$(ASAN_OBJ): $(B)/asan/%.o: %.c | $(ASAN_NGX)/objs/ngx_auto_config.h \
		$(B)/.packages-check
	$(call say,ASAN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(ASAN_CFLAGS) $(ASAN_SAN) -c $< -o $@

$(B)/asan/list.o: ngx_nf_module/ngx_http_nf_list.c \
		| $(ASAN_NGX)/objs/ngx_auto_config.h
	$(Q)mkdir -p $(@D)
	$(Q)clang $(ASAN_CFLAGS) -c $< -o $@

$(B)/asan/ngx_http_nf_module.so: $(ASAN_OBJ) $(B)/asan/list.o
	$(call say,LD,$@)
	$(Q)clang $(LDFLAGS) $(ASAN_SAN) -shared -o $@.new $^ $(LIBS)
	$(Q)mv $@.new $@

NGX_SUITE ?= sid
.PHONY: asan-nginx nginx-sid
asan-nginx: $(B)/asan/ngx_http_nf_module.so ## nginx and module with sanitizers
	$(Q)scripts/asan-nginx

nginx-sid: $(NEEDED) ## compile the module for the nginx of Debian sid
	$(Q)test -d $(B)/cache/nginx-$(NGX_SUITE) \
		|| scripts/nginx-source $(NGX_SUITE) \
			$(CURDIR)/$(B)/cache/nginx-$(NGX_SUITE)
	$(Q)$(MAKE) NGX_SRC=$(B)/cache/nginx-$(NGX_SUITE) nginx-sid-module

.PHONY: nginx-sid-module
nginx-sid-module: $(NGX_MOD_OBJ)
