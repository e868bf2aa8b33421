package io.paddock.minidirector.system;

import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * @param stateDirectory holds machines, disks, tasks, variables; only its owner may read it
 * @param name the director's name, part of the names of relative variables
 * @param username the one administrator
 * @param password of the administrator
 * @param releases name of a release to its directory
 * @param packages name of a package to the directory that stands in for the compiled one
 * @param stemcellOs operating system that this machine goes by as a stemcell
 * @param stemcellVersion version that it goes by
 * @param workers how many tasks of the normal queue run at once, at least 1
 * @param orphanedDiskRetention how long disks of deleted instances are kept; a real director keeps them five days
 * @param vcapId user and group id of the jobs' processes when the director runs as root
 * @param superviseInterval how often dead processes and machines are looked for
 */
@Validated
@ConfigurationProperties("minidirector")
public record MinidirectorProperties(
        @NotNull Path stateDirectory,
        @NotBlank @DefaultValue("minidirector") String name,
        @NotBlank @DefaultValue("admin") String username,
        @NotBlank String password,
        @NotEmpty Map<String, Path> releases,
        @DefaultValue Map<String, Path> packages,
        @NotBlank @DefaultValue("ubuntu-jammy") String stemcellOs,
        @NotBlank @DefaultValue("1.0") String stemcellVersion,
        @Min(1) @DefaultValue("3") int workers,
        @DefaultValue("0s") Duration orphanedDiskRetention,
        @Min(1) @DefaultValue("52525") int vcapId,
        @DefaultValue("1s") Duration superviseInterval) {

    /** Without the password. */
    @Override
    public String toString() {
        return "MinidirectorProperties[stateDirectory=" + stateDirectory + ", name=" + name + ", releases=" + releases
                + "]";
    }
}
