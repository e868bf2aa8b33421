package io.paddock.keeper.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Whom a node gives its word to. Times are seconds since the keeper's start. */
class WordTest {

    private static final Position BEHIND = new Position(1, 100);
    private static final Position AHEAD = new Position(1, 200);

    private Word word = new Word(Duration.ZERO, Timing.DEFAULT);

    @Test
    void aKeeperThatHasJustStartedGivesItToNobody() {
        assertThat(ask("a", 3.9).reason()).contains("just started");
        assertThat(ask("a", 4).given()).isTrue();
    }

    @Test
    void whoHasItGetsItAgainAndNobodyElseDuringTheLease() {
        ask("a", 10);

        assertThat(ask("a", 12).given()).isTrue();
        assertThat(ask("b", 15.9).reason()).isEqualTo("gave its word to a");
        assertThat(ask("b", 16).given()).isTrue();
        assertThat(ask("a", 16.1).reason()).isEqualTo("gave its word to b");
    }

    @Test
    void aCandidateThatIsBehindDoesNotGetItWhileItIsPatient() {
        assertThat(ask(new Word.Request("a", stamp(10), BEHIND, false, true, false, false), with(AHEAD), seconds(10))
                        .reason())
                .isEqualTo("is ahead: 1:0/C8 against 1:0/64");
        assertThat(ask(new Word.Request("a", stamp(11), BEHIND, false, false, false, false), with(AHEAD), seconds(11))
                        .given())
                .isTrue();
    }

    @Test
    void theLastPrimaryGetsItThoughItDoesNotKnowHowFarItsLogGoes() {
        assertThat(ask(new Word.Request("a", stamp(10), BEHIND, false, true, true, false), with(AHEAD), seconds(10))
                        .given())
                .isTrue();
    }

    @Test
    void whoHearsThePostgresOfAPrimaryGivesItToNobodyElse() {
        Local follower = new Local(
                Local.Postgres.STANDBY,
                BEHIND,
                true,
                Optional.of("a"),
                Optional.of(seconds(9)),
                true,
                Optional.empty(),
                false,
                true,
                Duration.ZERO);

        assertThat(ask(new Word.Request("c", stamp(10), AHEAD, false, true, false, false), follower, seconds(10))
                        .reason())
                .isEqualTo("still hears the PostgreSQL of a");
        assertThat(ask(new Word.Request("c", stamp(11), AHEAD, false, true, false, false), follower, seconds(11))
                        .given())
                .as("silent for two seconds")
                .isTrue();
        assertThat(ask(new Word.Request("a", stamp(10), AHEAD, true, true, false, false), follower, seconds(20))
                        .given())
                .isTrue();
    }

    /** Patience ends for who may never run again; who runs would only be passed over. */
    @Test
    void whereCommitsWaitAStandbyThatIsAheadGivesItToNobody() {
        Word.Request impatient = new Word.Request("a", stamp(10), BEHIND, false, false, false, false);

        assertThat(new Word(Duration.ZERO, Timing.DEFAULT)
                        .ask(impatient, of(Local.Postgres.STANDBY, AHEAD), seconds(10), true)
                        .answer()
                        .given())
                .isFalse();
        assertThat(new Word(Duration.ZERO, Timing.DEFAULT)
                        .ask(impatient, of(Local.Postgres.STANDBY, AHEAD), seconds(10), false)
                        .answer()
                        .given())
                .as("where they don't wait")
                .isTrue();
        assertThat(new Word(Duration.ZERO, Timing.DEFAULT)
                        .ask(impatient, of(Local.Postgres.STOPPED, AHEAD), seconds(10), true)
                        .answer()
                        .given())
                .as("it may never run again")
                .isTrue();
    }

    @Test
    void whoHasNoDataGivesItOnlyToWhoFoundsTheCluster() {
        assertThat(ask(new Word.Request("a", stamp(10), BEHIND, false, true, false, true), Local.ABSENT, seconds(10))
                        .given())
                .isTrue();
        assertThat(ask(new Word.Request("a", stamp(11), BEHIND, false, true, false, false), Local.ABSENT, seconds(11))
                        .given())
                .isFalse();
    }

    /** Its copy of the data is not whole, but it would know of a later promotion. */
    @Test
    void whoIsBeingMadeAnewGivesItToPrimariesAndToTheLastPrimaryOnly() {
        Local unfinished = of(Local.Postgres.UNFINISHED, Position.UNKNOWN);

        assertThat(asks(unfinished, false, false)).isFalse();
        assertThat(asks(unfinished, false, true)).isTrue();
        assertThat(asks(unfinished, true, false)).isTrue();
        assertThat(asks(Local.ABSENT, true, true)).as("on an empty disk").isFalse();
        Position later = new Position(BEHIND.promotion() + 1, 0);
        assertThat(asks(of(Local.Postgres.UNFINISHED, later), false, true))
                .as("it had data of a later promotion")
                .isFalse();
    }

    @Test
    void whoHasDataOfALaterPromotionKnowsThatTheAskingNodeIsNotTheLastPrimary() {
        Position later = new Position(BEHIND.promotion() + 1, 1);

        assertThat(asks(of(Local.Postgres.STANDBY, later), false, true)).isFalse();
        assertThat(asks(of(Local.Postgres.STANDBY, AHEAD), false, true))
                .as("of the same one")
                .isTrue();
    }

    private static boolean asks(Local own, boolean primary, boolean lastPrimary) {
        return new Word(Duration.ZERO, Timing.DEFAULT)
                .ask(
                        new Word.Request("a", stamp(10), BEHIND, primary, true, lastPrimary, false),
                        own,
                        seconds(10),
                        false)
                .answer()
                .given();
    }

    @Test
    void aPrimaryRenewsItWhateverThePositions() {
        assertThat(ask(new Word.Request("a", stamp(10), BEHIND, true, true, false, false), with(AHEAD), seconds(10))
                        .given())
                .isTrue();
    }

    @Test
    void whoGivesItBackLetsTheNextOneHaveItAtOnce() {
        ask("a", 10);

        word = word.givenBack("a", stamp(13));

        assertThat(ask("b", 11.1).given()).isTrue();
    }

    @Test
    void whatWasGivenSinceIsNotGivenBackByAMessageThatCameLate() {
        ask("a", 10);

        word = word.givenBack("a", stamp(11));

        assertThat(ask("b", 11.1).given()).isFalse();
    }

    @Test
    void aRequestFromBeforeItWasGivenBackComesTooLate() {
        word = word.givenBack("a", stamp(11));

        assertThat(ask(new Word.Request("a", stamp(10), AHEAD, true, true, false, false), with(BEHIND), seconds(11.2))
                        .reason())
                .contains("before its word was given back");
        assertThat(ask("b", 11.3).given()).isTrue();
    }

    @Test
    void aKeeperThatStartedAnewIsNotHeldToWhatItsPredecessorGaveBack() {
        word = word.givenBack("a", new Word.Stamp("former life", 1000));

        assertThat(ask("a", 10).given()).isTrue();
    }

    @Test
    void aNodeWithoutDataGivesItToNobody() {
        assertThat(ask(new Word.Request("a", stamp(1), BEHIND, true, true, false, false), Local.ABSENT, seconds(10))
                        .reason())
                .contains("has no data");
    }

    @Test
    void whatSomebodyElseGivesBackChangesNothing() {
        ask("a", 10);

        word = word.givenBack("b", stamp(10));

        assertThat(ask("b", 11).given()).isFalse();
    }

    @Test
    void aLeaseOrALockDelayThatIsNotLongerThanTheFenceTimeIsRefused() {
        Timing good = Timing.DEFAULT;

        assertThatThrownBy(() -> new Timing(
                        good.fence(),
                        good.fence(),
                        good.lockDelay(),
                        good.silence(),
                        good.stall(),
                        good.hang(),
                        good.patience(),
                        good.standbyPatience(),
                        good.election()))
                .hasMessageContaining("two nodes could take writes");
        assertThatThrownBy(() -> new Timing(
                        good.fence(),
                        good.lease(),
                        good.fence(),
                        good.silence(),
                        good.stall(),
                        good.hang(),
                        good.patience(),
                        good.standbyPatience(),
                        good.election()))
                .hasMessageContaining("two nodes could take writes");
    }

    private Word.Answer ask(String node, double at) {
        return ask(new Word.Request(node, stamp(12), BEHIND, true, true, false, false), with(BEHIND), seconds(at));
    }

    private Word.Answer ask(Word.Request request, Local own, Duration now) {
        return ask(request, own, now, false);
    }

    private Word.Answer ask(Word.Request request, Local own, Duration now, boolean synchronous) {
        Word.Granting granting = word.ask(request, own, now, synchronous);
        word = granting.word();
        return granting.answer();
    }

    private static Word.Stamp stamp(long number) {
        return new Word.Stamp("life", number);
    }

    private static Local with(Position position) {
        return of(Local.Postgres.STANDBY, position);
    }

    private static Local of(Local.Postgres postgres, Position position) {
        return new Local(
                postgres,
                position,
                true,
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                false,
                true,
                Duration.ZERO);
    }

    private static Duration seconds(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }
}
