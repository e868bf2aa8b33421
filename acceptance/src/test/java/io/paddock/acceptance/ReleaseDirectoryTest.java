package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The directory {@code release}, as {@code bosh create-release} wants it. */
class ReleaseDirectoryTest {

    private static final Path RELEASE = Platform.ROOT.resolve("release");

    @Test
    void whatBoshWantsInACheckoutIsThereAndWhatItMakesIsIgnored() throws IOException {
        assertThat(RELEASE.resolve("src")).isDirectory();
        assertThat(Files.list(RELEASE.resolve("src")))
                .as("git keeps no empty directory")
                .isNotEmpty();
        assertThat(Files.readAllLines(RELEASE.resolve(".gitignore")))
                .anyMatch(line -> line.contains("blobs/"))
                .anyMatch(line -> line.contains("dev_releases/"))
                .anyMatch(line -> line.contains(".dev_builds/"))
                .anyMatch(line -> line.contains("*.tgz"))
                .anyMatch(line -> line.contains("config/private.yml"));
    }

    @Test
    void everyBlobHasOneRowWithItsChecksumAndBelongsToAPackage() throws IOException {
        List<String[]> rows = Files.readAllLines(RELEASE.resolve("config/blobs.list")).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.strip().split("\\s+"))
                .toList();

        assertThat(rows).isNotEmpty().allSatisfy(row -> {
            assertThat(row).as(String.join(" ", row)).hasSize(5);
            assertThat(row[4]).matches("[0-9a-f]{64}");
        });
        assertThat(rows.stream().map(row -> row[1])).doesNotHaveDuplicates();
    }

    @Test
    void whatJobsAndPackagesNameIsThere() throws IOException {
        Set<String> packages = names("packages");
        Set<String> named = new TreeSet<>();
        for (String job : names("jobs")) {
            named.addAll(list(RELEASE.resolve("jobs/" + job + "/spec"), "packages"));
            Map<String, Object> spec = new Yaml().load(Files.readString(RELEASE.resolve("jobs/" + job + "/spec")));
            assertThat(((Map<?, ?>) spec.get("templates")).keySet())
                    .allSatisfy(template -> assertThat(RELEASE.resolve("jobs/" + job + "/templates/" + template))
                            .exists());
        }
        for (String name : packages) {
            named.addAll(list(RELEASE.resolve("packages/" + name + "/spec"), "dependencies"));
        }

        assertThat(named).isEqualTo(packages);
    }

    private static Set<String> names(String directory) throws IOException {
        try (Stream<Path> found = Files.list(RELEASE.resolve(directory))) {
            return found.map(path -> path.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static List<String> list(Path spec, String key) throws IOException {
        Map<String, Object> content = new Yaml().load(Files.readString(spec));
        return content.get(key) instanceof List<?> found
                ? found.stream().map(String::valueOf).toList()
                : List.of();
    }
}
