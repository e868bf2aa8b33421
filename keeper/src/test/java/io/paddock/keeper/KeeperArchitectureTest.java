package io.paddock.keeper;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;

/** What decides knows no clock and does nothing itself, so that the simulation runs what ships. */
@AnalyzeClasses(packages = "io.paddock.keeper", importOptions = ImportOption.DoNotIncludeTests.class)
class KeeperArchitectureTest {

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("io.paddock.keeper.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule whatDecidesDoesNothing = noClasses()
            .that()
            .resideInAnyPackage("io.paddock.keeper.decision..", "io.paddock.keeper.engine..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.io..", "java.nio..", "java.net..", "java.sql..", "java.util.concurrent..", "javax..");

    @ArchTest
    static final ArchRule whatDecidesKnowsNoClock = noClasses()
            .that()
            .resideInAnyPackage("io.paddock.keeper.decision..", "io.paddock.keeper.engine..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Instant.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Thread.class)
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule decisionsKnowNothingElse = classes()
            .that()
            .resideInAPackage("io.paddock.keeper.decision..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.paddock.keeper.decision..", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule theEngineKnowsDecisionsAndMessagesOnly = classes()
            .that()
            .resideInAPackage("io.paddock.keeper.engine..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.paddock.keeper.engine..",
                    "io.paddock.keeper.decision..",
                    "io.paddock.keeper.peer..",
                    "java..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule nobodyBesideTheTopKnowsTheEngine = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.paddock.keeper.decision..",
                    "io.paddock.keeper.peer..",
                    "io.paddock.keeper.postgres..",
                    "io.paddock.keeper.leash..",
                    "io.paddock.keeper.consul..",
                    "io.paddock.keeper.cluster..",
                    "io.paddock.keeper.disk..",
                    "io.paddock.keeper.system..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.paddock.keeper.engine..");
}
