package io.paddock.minidirector.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TaskResultTest {

    @Test
    void aShortResultStays() {
        assertThat(TaskResult.shorten("Job 'nojob' not found in release 'demo'"))
                .isEqualTo("Job 'nojob' not found in release 'demo'");
    }

    @Test
    void aLongOneLosesTheLastWordOfEveryLine() {
        String message = """
                Unable to render instance groups for deployment. Errors are:
                  - Unable to render jobs for instance group 'web'. Errors are:
                    - Unable to render templates for job 'strict'. Errors are:""";

        assertThat(TaskResult.shorten(message)).isEqualTo("""
                        Unable to render instance groups for deployment. Errors
                          - Unable to render jobs for instance group 'web'. Errors...""");
    }
}
