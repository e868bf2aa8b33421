package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.properties.HasAnnotations;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Tags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;

/** Each test of all modules belongs to the tiers that docs/testing.md describes: a mistyped tag would take it out of all of them. */
class TiersTest {

    private static final List<Class<? extends Annotation>> KINDS =
            List.of(Test.class, ParameterizedTest.class, TestFactory.class);

    private static Set<String> groups;
    private static List<Tagged> tests;

    /**
     * A test.
     *
     * @param tags its own and those of its class
     */
    private record Tagged(String name, Set<String> tags) {

        Set<String> groups() {
            return tags.stream().filter(groups::contains).collect(Collectors.toSet());
        }

        /** Whether {@code ./paddock verify --all} runs it, beside all tests that are of no group. */
        boolean runsForItsGroup() {
            return tags.contains("sample") || tags.contains("verify");
        }

        @Override
        public String toString() {
            return name + " " + tags;
        }
    }

    @BeforeAll
    static void read() throws IOException {
        groups = Set.of(find("<test.groups>(.*)</test.groups>", "pom.xml").split(" \\| "));
        try (Stream<Path> modules = Files.list(Platform.ROOT)) {
            List<Path> classes = modules.map(module -> module.resolve("target/test-classes"))
                    .filter(Files::isDirectory)
                    .toList();
            // What the classes of tests refer to is of no interest, and reading it takes ten seconds.
            tests = ArchConfiguration.withThreadLocalScope((ArchConfiguration configuration) -> {
                configuration.setResolveMissingDependenciesFromClassPath(false);
                return new ClassFileImporter()
                        .importPaths(classes).stream()
                                .map(JavaClass::getMethods)
                                .flatMap(Set::stream)
                                .filter(method -> KINDS.stream().anyMatch(method::isAnnotatedWith))
                                .map(TiersTest::tagged)
                                .toList();
            });
        }
        assertThat(tests).as("tests of all modules").hasSizeGreaterThan(400);
    }

    private static Tagged tagged(JavaMethod method) {
        Set<String> tags = new TreeSet<>(tags((HasAnnotations<?>) method));
        tags.addAll(tags(method.getOwner()));
        return new Tagged(method.getFullName(), tags);
    }

    private static List<String> tags(HasAnnotations<?> element) {
        Optional<Tag> one = element.tryGetAnnotationOfType(Tag.class);
        Optional<Tags> several = element.tryGetAnnotationOfType(Tags.class);
        return Stream.concat(one.stream(), several.stream().flatMap(tags -> Arrays.stream(tags.value())))
                .map(Tag::value)
                .toList();
    }

    @Test
    void noTagIsUnknown() {
        Set<String> known = new TreeSet<>(groups);
        known.addAll(List.of("verify", "sample", "bench"));

        assertThat(tests)
                .allSatisfy(test -> assertThat(known).as(test.toString()).containsAll(test.tags()));
    }

    @Test
    void whatIsTaggedForATierIsOfOneGroup() {
        assertThat(tests)
                .filteredOn(test -> !test.tags().isEmpty() && !test.tags().contains("bench"))
                .allSatisfy(
                        test -> assertThat(test.groups()).as(test.toString()).hasSize(1));
    }

    @Test
    void eachGroupHasTestsAndASample() {
        assertThat(groups)
                .allSatisfy(group -> assertThat(tests)
                        .filteredOn(test -> test.tags().contains(group))
                        .anyMatch(Tagged::runsForItsGroup));
    }

    @Test
    void eachGroupIsDocumented() throws IOException {
        for (String group : groups) {
            assertThat(find("(?m)^\\| (`" + group + "`) \\|", "docs/testing.md"))
                    .isNotEmpty();
        }
    }

    /** The first group of an expression, found in a file. */
    private static String find(String expression, String file) throws IOException {
        Matcher found = Pattern.compile(expression).matcher(Files.readString(Platform.ROOT.resolve(file)));
        assertThat(found.find()).as(expression + " in " + file).isTrue();
        return found.group(1);
    }
}
