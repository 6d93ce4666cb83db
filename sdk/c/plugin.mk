# How a plugin is built and tested; its Makefile says NAME, and includes this file.
#
#   make            $(BUILD)/$(NAME).core.wasm out of src/*.c, of which `wasm-connect plugins package` makes the plugin
#   make test       compiles src/*.c and test/*.c for this machine, and runs them

BUILD ?= build
ZIG ?= python3 -m ziglang
CC ?= cc

sdk := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
library := $(abspath $(BUILD))/sdk
# POSIX's functions, too.
flags := -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -I$(sdk)include

.PHONY: all test library
all: $(BUILD)/$(NAME).core.wasm

library:
	@mkdir -p $(library)
	@$(MAKE) --no-print-directory -C $(sdk) BUILD=$(library) ZIG="$(ZIG)" CC="$(CC)" $(library)/$(part)libwasm_connect.a

$(BUILD)/$(NAME).core.wasm: part :=
$(BUILD)/$(NAME).core.wasm: library $(wildcard src/*)
	$(ZIG) cc -target wasm32-wasi -mexec-model=reactor -Os -ffunction-sections -fdata-sections -fno-sanitize=all $(flags) \
	  -Wl,--gc-sections -Wl,--strip-all -o $@ src/*.c -Wl,--whole-archive $(library)/libwasm_connect.a -Wl,--no-whole-archive

# With what else may be wrong: memory that is not its own, and what C does not define.
$(BUILD)/test-$(NAME): part := native/
$(BUILD)/test-$(NAME): library $(wildcard src/* test/*)
	$(CC) -g -fsanitize=address,undefined -fno-sanitize-recover=undefined $(flags) -o $@ src/*.c test/*.c \
	  $(library)/native/libwasm_connect.a

test: $(BUILD)/test-$(NAME)
	$(BUILD)/test-$(NAME)
