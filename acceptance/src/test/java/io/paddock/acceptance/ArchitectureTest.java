package io.paddock.acceptance;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The house's walls. */
@AnalyzeClasses(
        packages = {
            "io.paddock.broker",
            "io.paddock.spi",
            "io.paddock.deployer",
            "io.paddock.contracts",
            "io.paddock.minidirector",
            "io.paddock.keeper",
            "io.paddock.cli"
        },
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule theBrokerKnowsContractsOnly =
            onlyContracts("broker", "spi", "deployer", "minidirector", "cli");

    @ArchTest
    static final ArchRule theSpiKnowsContractsOnly = onlyContracts("spi", "broker", "deployer", "minidirector", "cli");

    @ArchTest
    static final ArchRule theDeployerKnowsContractsOnly =
            onlyContracts("deployer", "broker", "spi", "minidirector", "cli");

    @ArchTest
    static final ArchRule theMinidirectorKnowsNobody =
            onlyContracts("minidirector", "broker", "spi", "deployer", "cli", "contracts");

    @ArchTest
    static final ArchRule theKeeperKnowsNobody =
            onlyContracts("keeper", "broker", "spi", "deployer", "cli", "contracts", "minidirector");

    @ArchTest
    static final ArchRule theCommandLineKnowsNobody = onlyContracts("cli", "broker", "spi", "deployer", "minidirector");

    @ArchTest
    static final ArchRule contractsKnowNobody =
            onlyContracts("contracts", "broker", "spi", "deployer", "minidirector", "cli");

    @ArchTest
    static final ArchRule featuresOfTheBrokerHaveNoCycles =
            slices().matching("io.paddock.broker.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule featuresOfTheSpiHaveNoCycles =
            slices().matching("io.paddock.spi.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule featuresOfTheDeployerHaveNoCycles =
            slices().matching("io.paddock.deployer.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule featuresOfTheMinidirectorHaveNoCycles =
            slices().matching("io.paddock.minidirector.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule springCloudOpenServiceBrokerStaysAtTheEdge = noClasses()
            .that()
            .resideOutsideOfPackage("io.paddock.broker.osb..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework.cloud.servicebroker..");

    @Test
    void brokerAndDeployerDoNotKnowTheDataService() throws IOException {
        List<String> offenders = new ArrayList<>();
        for (String module : List.of("broker", "deployer")) {
            try (var files = Files.walk(Platform.ROOT.resolve(module + "/src/main/java"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    String text = Files.readString(file).toLowerCase(Locale.ROOT);
                    if (text.contains("postgres") || text.contains("repmgr")) {
                        offenders.add(file.toString());
                    }
                }
            }
        }
        assertThat(offenders).isEmpty();
    }

    private static ArchRule onlyContracts(String module, String... others) {
        String[] packages = new String[others.length];
        for (int i = 0; i < others.length; i++) {
            packages[i] = "io.paddock." + others[i] + "..";
        }
        return noClasses()
                .that()
                .resideInAPackage("io.paddock." + module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages);
    }
}
