# The front doors. Each installs what is missing (Debian's packages; elsewhere it prints the list), builds, and runs.
#   make        build/bin/{c3d_check,c3d_train,c3d_infer,c3d_bench,c3d_synth,c3d_weights}
#   make demo   train a small C3D on videos it makes itself, and look at what it learned: build/demo/
#   make test   every test, through ctest
#   make test-all  these, test-aarch64, ten minutes of live video, what docs/many_machines.md names (C3D_CLUSTER_PYTHON has ray and pyspark), and the product of all that the CPU's convolutions may meet: over an hour on two cores
#   make test-aarch64  tests of engine, kernels, model and pixels for 64-bit ARM processors, cross-built and run by qemu
#   make campaign  kills, full disks, damaged videos, weights and texts against the tools: an hour (CAMPAIGN_ARGS='--minutes 10 --seed 2')
#   make fuzz   twelve readers of files under libFuzzer and sanitizers, FUZZ_MINUTES (10) each: docs/broken_files.md names them
#   make packages  Debian packages of the tools and the library, without CUDA: build/debian/packages/
#   make wheel   Python packages that install on any x86-64 Linux with glibc 2.35 or newer, on Debian 12: build/wheel/wheels/
#   make tidy   clang-tidy over every source (.ci/run reads what changed lately)
#   make docs   the reference of the library's headers, as HTML: build/docs/html/index.html
#   make parity the tools against PyTorch, ONNX Runtime, OpenCV and TensorBoard, in a Python environment of its own
#   make pretrained  the weights that --init motion starts from, again from nothing: build/pretrained/, hours (weights/pretrained)
#   make peers  how fast others do the same work, side by side with ours: build/peers/ (PEERS_ARGS=--quick: 5 minutes)
# Sources are compiled up to 32 at a time: a first build reads each header once for all of them. UNITY=OFF suits who changes one
# source and builds again. Tests run program by program.
CMAKE_ARGS ?=
UNITY ?= ON
IN_ONE = -DCMAKE_UNITY_BUILD=$(UNITY) -DCMAKE_UNITY_BUILD_BATCH_SIZE=32 -DC3D_PRECOMPILED_HEADERS=ON -DC3D_TEST_CASES=OFF
CONFIGURE = cmake -S . -B build -G Ninja $(IN_ONE) $(CMAKE_ARGS)
JOBS ?= $(shell nproc)
# Tests wait for files and for each other's processes half of their time.
TEST_JOBS ?= $(shell expr 2 \* $(JOBS))
FUZZ_MINUTES ?= 10

.PHONY: all demo test test-all test-aarch64 campaign fuzz parity peers pretrained tidy docs packages wheel configure setup clean

all: configure
	cmake --build build --target tools -j $(JOBS)

demo: all
	tools/scripts/demo.sh build

# The browser for the tests of pages comes while the compiler works. Threads that wait sleep, since other tests run beside them.
test: setup
	tools/scripts/python_venv.sh python/requirements-test.txt build/python-venv || echo "the Python package is not tested: PyPI is out of reach"
	mkdir -p build
	{ tools/scripts/setup.sh browser >build/browser.log 2>&1; echo $$? >build/browser.status; } & \
	  $(CONFIGURE) && cmake --build build -j $(JOBS) && wait && cat build/browser.log && exit "$$(cat build/browser.status)"
	cd build && OMP_WAIT_POLICY=passive ctest --output-on-failure -j $(TEST_JOBS)
	tools/scripts/skipped_tests.sh build

test-all: test test-aarch64
	tools/scripts/setup.sh rtsp
	tools/scripts/setup.sh clusters
	cd build && OMP_WAIT_POLICY=passive ctest -C long -L long --verbose -j $(JOBS)

test-aarch64:
	tools/scripts/test_aarch64.sh build/aarch64 $(JOBS)

campaign: all
	python3 tests/campaign $(CAMPAIGN_ARGS)

fuzz: setup
	tests/fuzz/run.sh $(FUZZ_MINUTES)

parity: setup
	tools/scripts/python_venv.sh python/requirements-test.txt build/python-venv
	$(CONFIGURE)
	cmake --build build --target tools c3d_dump_clips _c3d_stub -j $(JOBS)
	tests/parity/run.sh build

peers: CMAKE_ARGS += -DC3D_WITH_ONEDNN=ON
peers: SETUP_ARGS = onednn
peers: all
	benchmarks/peers/run.sh build $(PEERS_ARGS)

pretrained: all
	tools/scripts/pretrain.py weights/pretrained/c3d-motion-w025.json --bin build/bin --work build/pretrained/runs \
	  --out build/pretrained/c3d-motion-w025.safetensors

tidy: SETUP_ARGS = tidy
tidy: configure
	cmake --build build -j $(JOBS)
	tools/scripts/check_tidy.py build

docs: SETUP_ARGS = docs
docs: setup
	mkdir -p build
	doxygen docs/Doxyfile

# In a folder of their own, as they are for /usr and any machine of this Debian.
packages: SETUP_ARGS = packages
packages: setup
	cmake -S . -B build/debian -G Ninja $(IN_ONE) -DCMAKE_INSTALL_PREFIX=/usr -DC3D_WITH_CUDA=OFF -DC3D_WITH_MPI=OFF \
	  -DC3D_TESTS=OFF $(CMAKE_ARGS)
	cmake --build build/debian --target tools -j $(JOBS)
	cd build/debian && cpack -G DEB

wheel: SETUP_ARGS = wheel
wheel: setup
	tools/scripts/wheel.sh $(JOBS)

configure: setup
	$(CONFIGURE)

setup:
	@tools/scripts/setup.sh $(SETUP_ARGS)

clean:
	rm -rf build
