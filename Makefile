# `make help` explains every target. Two are enough to begin with: make book, make test.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COLAB := .venv-colab
# The edition of the book: student, reader or instructor (book/_ext/exercises.py).
EDITION ?= $(shell sed -n 's/^ *course_edition: *\([a-z]*\).*/\1/p' _config.yml)
ifeq ($(filter student reader instructor,$(EDITION)),)
$(error EDITION is '$(EDITION)', but the editions of the book are student, reader, instructor. \
What to do: correct course_edition in _config.yml, or EDITION=...)
endif
BUILD := $(if $(filter reader,$(EDITION)),_build,_build/$(EDITION)/_build)
# Three processes, because training sometimes waits for TensorFlow's autotuner (lesson 19); three
# lessons fit into the memory of a laptop.
PROCESSES ?= 3
SUBMISSIONS ?= 100
# TensorFlow's faster kernels (oneDNN). On Linux they are on by default only if the processor has VNNI,
# bfloat16 or AMX. On an AMD EPYC without these, a training step takes 0.6 of the CPU time with oneDNN.
export TF_ENABLE_ONEDNN_OPTS ?= 1

# The lessons run in their own folder, so a path relative to this folder is made absolute.
ifneq ($(wildcard $(MNIST_COURSE_DATA)),)
export MNIST_COURSE_DATA := $(abspath $(MNIST_COURSE_DATA))
endif

.DEFAULT_GOAL := help
.PHONY: help env book serve offline pdf site links lab test test-all test-data lint notebooks
.PHONY: exercises solutions mutants address model
.PHONY: experiments bench class bench-grading measure-pages measure-pad measure-training lighthouse colab requirements clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(VENV)/ready ## make the environment in .venv, as requirements.txt pins it

book: $(VENV)/ready ## build the HTML book; EDITION=student leaves the answers out, in zip and PDF too
	@MNIST_COURSE_EDITION=$(EDITION) $(BIN)/jupyter-book build . --path-output $(dir $(BUILD)) -W -n --keep-going
	@echo
	@echo "The book is built. Open: $(CURDIR)/$(BUILD)/html/index.html"

serve: book ## build the book and serve it on http://localhost:8000
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(BUILD)/html 8000

offline: book ## pack the built book into one zip that opens without a server
	@$(BIN)/python -m maintenance.pack_book $(BUILD)

pdf: $(VENV)/ready ## print the whole book as one PDF (needs Chromium)
	@MNIST_COURSE_EDITION=$(EDITION) $(BIN)/python -m maintenance.print_book $(BUILD)

site: offline pdf ## collect in _build/site what is published: the book, its zip and its PDF
	@rm -rf _build/site
	@cp -R $(BUILD)/html _build/site
	@cp $(BUILD)/mnist-understood.zip $(BUILD)/mnist-understood.pdf _build/site

links: $(VENV)/ready ## check the links to other sites (needs a network)
	@$(BIN)/jupyter-book build . --path-output _build/links --builder linkcheck

lab: $(VENV)/ready ## open the lessons in JupyterLab
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/jupyter lab notebooks

test: lint ## test the course on the sample or your data: package, lessons, book in a browser, grading
	@$(BIN)/pytest -q -n $(PROCESSES)

test-all: lint ## run the slow tests as well, as CI does
	@$(BIN)/pytest -q -n $(PROCESSES) -m ""

test-data: lint ## run only the tests whose result depends on the data set
	@$(BIN)/pytest -q -n $(PROCESSES) -m "depends_on_data and not slow"

lint: $(VENV)/ready ## check the style of all code, and which part imports which
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@report=$$($(BIN)/lint-imports --no-cache) || { echo "$$report"; exit 1; }

notebooks: $(VENV)/ready ## run all lessons on the full MNIST and store their outputs
	@$(BIN)/python -m tools.run_notebooks

exercises: $(VENV)/ready ## make the students' notebooks from the exercises' sources
	@$(BIN)/python -m tools.make_exercises

solutions: $(VENV)/ready ## make the exercises' solutions, in _build/solutions
	@$(BIN)/python -m tools.make_exercises --solutions _build/solutions

mutants: $(VENV)/ready ## mutate the exercises' solutions and run the checks on the mutants (SETS=02: one set)
	@TF_CPP_MIN_LOG_LEVEL=3 MNIST_COURSE_DATA=sample $(BIN)/python -m tools.mutate_exercises $(SETS)

address: $(VENV)/ready ## write the repository's address from _config.yml into the lessons
	@$(BIN)/python -m tools.run_notebooks --address
	@$(BIN)/python -m tools.make_exercises

model: $(VENV)/ready ## train the reference model and four more seeds on the full MNIST
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m mnist_course.training.reference_model

experiments: $(VENV)/ready ## make the results of Part II on the full MNIST (four hours at most)
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m mnist_course.experiments.hyperparameters
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m mnist_course.experiments.improvements

bench: $(VENV)/ready ## measure the optimizations, the workers and the plans of lessons 15, 19 and 20 (an hour)
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m tools.bench_training
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m tools.measure_steps
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m tools.measure_plan_costs

class: $(VENV)/ready ## grade a demo class of 12 students, in _build/class
	@rm -rf _build/class
	@$(BIN)/python -m tools.show_grading _build/class

bench-grading: $(VENV)/ready ## compare grading times with nbgrader alone (SUBMISSIONS=100, an hour)
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m tools.bench_grading $(SUBMISSIONS)

measure-pages: book ## measure what a first visit to each page downloads (needs Chromium)
	@$(BIN)/python -m tools.measure_pages

measure-pad: book ## measure the digit pad: bytes, first prediction, each prediction
	@$(BIN)/python -m tools.measure_pad

measure-training: $(VENV)/ready ## compare the training in the page with Keras (three minutes, needs Chromium)
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m tools.measure_training

lighthouse: book ## score the accessibility of the pages with a digit pad with Lighthouse (needs npm)
	@$(BIN)/python -m tools.ask_lighthouse

colab: $(COLAB)/ready ## run all lessons on the versions that Colab preinstalls
	@$(COLAB)/bin/python -m pytest -q -n $(PROCESSES) -m "" -p no:cacheprovider notebooks

requirements: ## pin the newest versions that fit (needs uv)
	@sh tools/pin_requirements

clean: ## remove everything that was built, also the environments
	rm -rf _build $(VENV) $(COLAB) .uv *.egg-info build

# If PYTHON names another Python than the environment's, make the environment again: its prerequisite
# another-python never exists as a file, so the rule always runs.
ifneq ($(PYTHON),python3)
ifneq ($(PYTHON),$(shell cat $(VENV)/ready 2>/dev/null))
$(VENV)/ready: another-python
another-python:
endif
endif

$(VENV)/ready: requirements.txt pyproject.toml
	@sh tools/make_environment $(VENV) "$(PYTHON)" requirements.txt

$(COLAB)/ready: tests/colab-requirements.txt pyproject.toml
	@sh tools/make_environment $(COLAB) python3.13 tests/colab-requirements.txt
