from mnist_course.grading.submissions.student_ids import student_id


def test_student_id_unique_and_portable():
    names = ["anna", "Anna", "ANNA", "Anna Müller", "Anna Muller", "محمد", "מרים", "李雷", "O'Neil"]
    names += [
        "a/../b",
        "..",
        "x" * 300,
        "José",
        "Łukasz",
        "anna ",
        "anna-bf4fccd6",
        "con",
        "\ud800",
    ]
    ids = [student_id(name) for name in names]
    assert len({each.lower() for each in ids}) == len(names)
    for each in ids:
        assert each.isascii() and each == each.lower() and len(each) <= 75
        assert each.replace("-", "").isalnum() and not each.startswith("-")
    assert ids[0] == "anna"


def test_student_id_composed_and_decomposed_accent():
    assert student_id("Jos\u00e9") == student_id("Jose\u0301") != student_id("Jose")


def test_student_id_same_name_different_platform_id():
    assert student_id("Anna", "7") == "anna-7" != student_id("Anna", "8")


def test_student_id_anonymous_codes_differ_in_case():
    ids = {student_id("anon", code) for code in ("aB3xY", "ab3xy", "AB3XY")}
    assert len(ids) == 3 and all(each.startswith("anon-") for each in ids)


def test_student_id_no_device_name_of_windows():
    assert student_id("con") != "con" and student_id("lpt1") != "lpt1"
