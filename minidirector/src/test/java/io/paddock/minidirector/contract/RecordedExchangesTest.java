package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The exchanges of a director with one administrator and a config server. */
class RecordedExchangesTest extends RecordedExchanges {

    /** In an order in which a reader understands them. */
    private static final Map<String, Consumer<RecordedExchanges>> FILES = new LinkedHashMap<>();

    static {
        Consumer<RecordedExchanges> nothing = test -> {};
        Consumer<RecordedExchanges> two = test -> test.shop(2, "z1", 8080, "big", 0);
        FILES.put("info-and-refusals", nothing);
        FILES.put("refused-requests", nothing);
        FILES.put("configs", nothing);
        FILES.put("deploy-one-instance", nothing);
        FILES.put("redeploy-with-variables", test -> test.deployRecorded("deploy-one-instance", "deploy"));
        FILES.put("deploy-without-variables", nothing);
        FILES.put("redeploy-unchanged", test -> test.deployRecorded("redeploy-unchanged", "again"));
        FILES.put("redeploy-changed-property", test -> test.deployRecorded("redeploy-unchanged", "again"));
        FILES.put("redeploy-dry-run", test -> test.shop(1, "z1", 8081, "default", 0));
        FILES.put("scale-to-three", test -> test.shop(1, "z1, z2", 8081, "default", 0));
        FILES.put("scale-to-one", test -> test.shop(3, "z1, z2", 8081, "default", 0));
        FILES.put("larger-disk", test -> test.shop(1, "z1", 8081, "default", 0));
        for (String refused : List.of(
                "cloud-config-key",
                "missing-section",
                "unknown-job",
                "unknown-release",
                "unknown-stemcell",
                "unknown-vm-type",
                "unknown-network",
                "unknown-az",
                "unknown-disk-type",
                "link",
                "render",
                "missing-property",
                "too-many-addresses")) {
            FILES.put("fail-" + refused, nothing);
        }
        FILES.put("fail-pre-start", test -> test.shop(1, "z1", 8080, "big", 0));
        FILES.put("fail-not-running", test -> test.shop(1, "z1", 8080, "big", 0));
        FILES.put("heal-after-failure", test -> {
            test.shop(1, "z1", 8080, "big", 0);
            test.deployRecorded("fail-pre-start", "deploy");
        });
        FILES.put("failed-first-deploy", nothing);
        FILES.put("failed-first-start", nothing);
        FILES.put("errands", test -> test.shop(1, "z1", 8081, "big", 0));
        FILES.put("operations-put-jobs", two);
        FILES.put("operations-actions", two);
        FILES.put("cancel-running-task", two);
        FILES.put("queued-and-cancelled", nothing);
        FILES.put("two-deploys-at-once", two);
        FILES.put("ignored-instance", two);
        FILES.put("problem-missing-vm", test -> test.deploy("shelf", test.web(1, "z1", 8090, "")));
        FILES.put("problems", test -> test.deploy("shelf", test.web(2, "z1", 8090, "persistent_disk_type: default")));
        FILES.put("resurrection", test -> test.shop(1, "z1", 8080, "default", 0));
        FILES.put("delete-deployment", test -> test.deploy("gone", test.web(1, "z1", 8080, "") + test.smoke(0)));
    }

    /** Files that are sent by others, or by nobody. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "uaa", "TokensAndTeamsTest",
            "fail-variable-in-property", "OtherSettingsTest",
            "fail-variables-block", "OtherSettingsTest",
            "upload-release", "the release that is uploaded there is a directory here: ReleasesAndStemcellsTest");

    @Override
    Map<String, Consumer<RecordedExchanges>> files() {
        return FILES;
    }

    /** No recorded file is forgotten. */
    @TestFactory
    Stream<DynamicTest> everyFileIsSentOrSaidNotToBe() throws IOException {
        Set<String> known = new TreeSet<>(FILES.keySet());
        known.addAll(ELSEWHERE.keySet());
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/director-recordings"))) {
            return files.map(file -> file.getFileName().toString().replace(".json", "")).sorted().toList().stream()
                    .map(name -> DynamicTest.dynamicTest(
                            name, () -> assertThat(known).contains(name)));
        }
    }
}
